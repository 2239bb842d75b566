// One column of a table while it is read: numbers in chunks, so that a growing column is never copied.

const chunkRows = 1 << 14;

/** Appendable float64 values; missing ones are NaN. Memory: 8 bytes per value, and at most 128 KiB to spare. */
export class ColumnStore {
  private readonly chunks: Float64Array[] = [];
  private last = new Float64Array(0);
  private used = 0;

  get size(): number {
    return (this.chunks.length - 1) * chunkRows * Number(this.chunks.length > 0) + this.used;
  }

  push(value: number): void {
    if (this.used === this.last.length) {
      this.last = new Float64Array(chunkRows);
      this.chunks.push(this.last);
      this.used = 0;
    }
    this.last[this.used++] = value;
  }

  /** All values in one array. */
  toArray(): Float64Array {
    const all = new Float64Array(this.size);
    for (const [index, chunk] of this.chunks.entries()) {
      const isLast = index === this.chunks.length - 1;
      all.set(isLast ? chunk.subarray(0, this.used) : chunk, index * chunkRows);
    }
    return all;
  }
}
