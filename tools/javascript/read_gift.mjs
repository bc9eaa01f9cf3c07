// What an independent reader finds in a quiz file: its questions as JSON, or an error with a line.
import { readFileSync } from "node:fs";
import { parse } from "gift-pegjs";

console.log(JSON.stringify(parse(readFileSync(process.argv[2], "utf8"))));
