// Builds the package into dist/, and the files that the service gives to browsers into its static folder.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { minify } from "terser";

const { version } = JSON.parse(await readFile("package.json", "utf8"));
const STATIC = "../app/static/sdk";
const common = { bundle: true, target: "es2021", charset: "utf8", logLevel: "warning" };
// Names that end in _ are the client's own, and get short ones.
const script = { ...common, minify: true, format: "iife", mangleProps: /[^_]_$/, write: false };

/** A script for browsers. The second minifier knows how to leave out another twentieth. */
async function buildScript(source, name) {
  const { outputFiles } = await build({ ...script, entryPoints: [source] });
  const { code } = await minify(outputFiles[0].text, { ecma: 2020, compress: { passes: 3, hoist_funs: true } });
  await writeFile(`dist/${name}`, `/* shelflife ${version} */\n${code}\n`);
  await copyFile(`dist/${name}`, `${STATIC}/${name}`);
}

await rm("dist", { recursive: true, force: true });
await Promise.all(["dist", STATIC].map((folder) => mkdir(folder, { recursive: true })));
await Promise.all([
  buildScript("src/full.ts", "shelflife.min.js"),
  buildScript("src/core.ts", "shelflife.core.min.js"),
  build({ ...common, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/shelflife.mjs" }),
  build({ ...common, entryPoints: ["src/index.ts"], format: "cjs", outfile: "dist/shelflife.cjs" }),
]);
await writeFile(`${STATIC}/version.json`, JSON.stringify({ version }) + "\n");
