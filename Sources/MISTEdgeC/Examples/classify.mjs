// Classes of every sample of a shard of features: node classify.mjs mistedge.wasm BUNDLE SHARD
import { readFile } from "node:fs/promises";
import { Edge, largest } from "./mistedge.mjs";

const [wasm, bundle, shard] = await Promise.all(process.argv.slice(2).map((path) => readFile(path)));
const edge = new Edge(await WebAssembly.compile(wasm), bundle);
const samples = edge.attach(shard);
for (let index = 0; index < samples; index++) {
  const probabilities = edge.predictSample(index), best = largest(probabilities);
  console.log(`${index}\t${edge.labels[best]}\t${probabilities[best].toFixed(6)}`);
}
