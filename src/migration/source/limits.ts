/** How much of a source is read before it is refused; each limit can be raised. */

export interface SourceLimits {
  /** Bytes of the unpacked source. */
  readonly sourceBytes: number;
  /** Entries of the whole source. */
  readonly entries: number;
  /** UTF-16 code units of one string, and of one stored value of a dump. */
  readonly stringLength: number;
}

export const defaultLimits: SourceLimits = {
  sourceBytes: 512 * 1024 * 1024,
  entries: 1_000_000,
  stringLength: 64 * 1024 * 1024,
};
