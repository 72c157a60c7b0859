// Prints how large the scripts are, and fails when one is larger than promised. With --write, docs/sdk.md says it, too.
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMITS = { "shelflife.core.min.js": 4096, "shelflife.min.js": 8192 };
const PAGE = "../docs/sdk.md";

let page = await readFile(PAGE, "utf8");
for (const [name, limit] of Object.entries(LIMITS)) {
  const file = await readFile(`dist/${name}`);
  const size = gzipSync(file, { level: 9 }).length;
  console.log(`${name}: ${file.length} bytes, ${size} gzipped, at most ${limit}`);
  if (size > limit) process.exitCode = 1;
  const cells = [file.length, size].map((bytes) => bytes.toLocaleString("en")).join(" | ");
  page = page.replace(new RegExp(`^(\\| \`${name}\` \\|.*\\| )[\\d,]+ \\| [\\d,]+( \\| [\\d,]+ \\|)$`, "m"), `$1${cells}$2`);
}
if (process.argv.includes("--write")) await writeFile(PAGE, page);
