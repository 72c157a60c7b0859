// Bundles each file of tests with the sources it imports, and runs them with Node's own runner.
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { build } from "esbuild";

const OUT = ".test";
await rm(OUT, { recursive: true, force: true });
const files = (await readdir("test")).filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: files.map((name) => `test/${name}`),
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node18",
  sourcemap: "inline",
});
const tests = files.map((name) => `${OUT}/${name.replace(/ts$/, "mjs")}`);
process.exit(spawnSync(process.execPath, ["--enable-source-maps", "--test", ...tests], { stdio: "inherit" }).status ?? 1);
