// Builds the package into dist/, and the files that the service gives to browsers into its static folder.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));
const STATIC = "../app/static/sdk";
const common = { bundle: true, target: "es2021", charset: "utf8", legalComments: "none", logLevel: "warning" };
const script = { ...common, minify: true, format: "iife", mangleProps: /[^_]_$/, banner: { js: `/* shelflife ${version} */` } };

await rm("dist", { recursive: true, force: true });
await Promise.all([
  build({ ...script, entryPoints: ["src/full.ts"], outfile: "dist/shelflife.min.js" }),
  build({ ...script, entryPoints: ["src/core.ts"], outfile: "dist/shelflife.core.min.js" }),
  build({ ...common, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/shelflife.mjs" }),
  build({ ...common, entryPoints: ["src/index.ts"], format: "cjs", outfile: "dist/shelflife.cjs" }),
]);
await mkdir(STATIC, { recursive: true });
for (const name of ["shelflife.min.js", "shelflife.core.min.js"]) await cp(`dist/${name}`, `${STATIC}/${name}`);
await writeFile(`${STATIC}/version.json`, JSON.stringify({ version }) + "\n");
