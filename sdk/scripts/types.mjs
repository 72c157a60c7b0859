// Writes the package's types: what src/types.ts declares, and the function that there is to call. One file without
// imports is right for every way in which TypeScript looks for modules.
import { execFileSync } from "node:child_process";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";

const tsc = "node_modules/typescript/bin/tsc";
const options = ["-p", ".", "--noEmit", "false", "--emitDeclarationOnly", "--outDir", "dist/types"];
execFileSync(process.execPath, [tsc, ...options], { stdio: "inherit" });
const types = await readFile("dist/types/types.d.ts", "utf8");
await writeFile("dist/shelflife.d.ts", `${types}export declare const createClient: CreateClient;\n`);
await copyFile("dist/shelflife.d.ts", "dist/shelflife.d.cts");
await rm("dist/types", { recursive: true });
