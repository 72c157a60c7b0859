// Prints how large the scripts are, and fails when one is larger than promised.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMITS = { "shelflife.core.min.js": 4096, "shelflife.min.js": 8192 };

for (const [name, limit] of Object.entries(LIMITS)) {
  const file = await readFile(`dist/${name}`);
  const size = gzipSync(file, { level: 9 }).length;
  console.log(`${name}: ${file.length} bytes, ${size} gzipped, at most ${limit}`);
  if (size > limit) process.exitCode = 1;
}
