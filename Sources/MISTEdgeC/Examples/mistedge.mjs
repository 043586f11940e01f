// A bundle in WebAssembly, in Node or a browser: new Edge(await WebAssembly.compile(bytes of mistedge.wasm), bytes of the bundle).
const MORE_ARENA = 1, PREDICT = 1;
const CODE = 48, SENTENCE = 336, DESCRIPTION = 36;
const decoder = new TextDecoder();

export class Edge {
  #exports;
  #end;
  #handle;
  #error;

  constructor(module, bundle) {
    this.#exports = new WebAssembly.Instance(module).exports;
    this.#end = this.#exports.__heap_base.value;
    this.#error = this.#room(CODE + SENTENCE);
    const bytes = this.#copy(bundle), size = this.#room(4), handle = this.#room(4), arena = this.#room(0);
    this.#number(size, 0);
    for (;;) {
      // Nothing stands behind the arena yet, so it grows where it is.
      const given = this.#read(size);
      this.#room(given);
      const status = this.#exports.mist_edge_open(bytes, bundle.length, PREDICT, given ? arena : 0, size, handle, this.#error);
      if (status !== MORE_ARENA) {
        this.#check(status);
        break;
      }
      this.#end = arena;
    }
    this.#handle = this.#read(handle);
    const about = this.#room(DESCRIPTION);
    this.#exports.mist_edge_describe(this.#handle, about);
    this.classes = this.#read(about + 4);
    this.labels = Array.from({ length: this.classes }, (_, index) => this.#label(index));
  }

  // Takes a shard (bytes) in place of the one before; the number of its samples.
  attach(shard) {
    this.#shardStart ??= this.#room(0);
    this.#end = this.#shardStart;
    const bytes = this.#copy(shard), result = this.#room(8);
    this.#check(this.#exports.mist_edge_attach(this.#handle, bytes, shard.length, result, this.#error));
    this.#probabilities = this.#room(4 * this.classes);
    return this.#read(result);
  }
  #shardStart;
  #probabilities;

  // Probabilities of the shard's sample, as a Float32Array.
  predictSample(index) {
    this.#check(this.#exports.mist_edge_predict_sample(this.#handle, index, this.#probabilities, 0, this.#error));
    return new Float32Array(this.#exports.memory.buffer, this.#probabilities, this.classes).slice();
  }

  #label(index) {
    const text = this.#room(8);
    this.#exports.mist_edge_label(text, this.#handle, index);
    return this.#text(this.#read(text), this.#read(text + 4));
  }

  #check(status) {
    if (status === 0) return;
    const text = (start, limit) => this.#text(start, limit).split("\0")[0];
    throw new Error(`error[${text(this.#error, CODE)}]: ${text(this.#error + CODE, SENTENCE)}.`);
  }

  #text(start, size) { return decoder.decode(new Uint8Array(this.#exports.memory.buffer, start, size)); }
  #read(place) { return new DataView(this.#exports.memory.buffer).getUint32(place, true); }
  #number(place, value) { new DataView(this.#exports.memory.buffer).setUint32(place, value, true); }

  // The address of `size` bytes more, aligned to 64.
  #room(size) {
    const start = Math.ceil(this.#end / 64) * 64;
    this.#end = start + size;
    const missing = this.#end - this.#exports.memory.buffer.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / 65536));
    return start;
  }

  #copy(bytes) {
    const start = this.#room(bytes.length);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, start);
    return start;
  }
}

// The index of the largest of some numbers.
export const largest = (numbers) => numbers.reduce((best, value, index) => (value > numbers[best] ? index : best), 0);
