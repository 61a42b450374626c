/** Pixels as `sharp(...).raw()` or a canvas give them: rows of `channels` bytes, grey or RGB first. */
export type FramePixels = {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
};

/**
 * Reads the frame number that the rendered cameras carry along the picture's top edge: 32 cells over the full width,
 * start 1010, 16 bits of number, CRC-8 (polynomial 0x07), stop 0101; white is 1. One function without imports or
 * helpers, so that a test can also hand its source to a page and run it on canvas pixels.
 *
 * @returns the number, or null when the band is not there or its checksum is wrong.
 */
export function readFrameNumber(pixels: FramePixels): number | null {
  const { data, width, height, channels } = pixels;
  const cell = width / 32;
  if (cell < 3 || height < cell) return null;
  // The band is one cell high; its inner part is averaged, away from smeared borders.
  const rowFrom = Math.floor(cell * 0.3);
  const rowTo = Math.max(rowFrom + 1, Math.floor(cell * 0.7));
  const levels: number[] = [];
  for (let index = 0; index < 32; index += 1) {
    const from = Math.floor((index + 0.3) * cell);
    const to = Math.max(from + 1, Math.floor((index + 0.7) * cell));
    let sum = 0;
    for (let y = rowFrom; y < rowTo; y += 1) {
      for (let x = from; x < to; x += 1) {
        const at = (y * width + x) * channels;
        sum += channels < 3 ? Number(data[at]) : (Number(data[at]) + Number(data[at + 1]) + Number(data[at + 2])) / 3;
      }
    }
    levels.push(sum / ((rowTo - rowFrom) * (to - from)));
  }
  const level = (index: number): number => Number(levels[index]);
  const white = (level(0) + level(2) + level(29) + level(31)) / 4;
  const black = (level(1) + level(3) + level(28) + level(30)) / 4;
  if (white - black < 60) return null;
  const bits = levels.map((value) => (value > (white + black) / 2 ? 1 : 0));
  if (bits.slice(0, 4).join('') !== '1010' || bits.slice(28).join('') !== '0101') return null;
  const number = parseInt(bits.slice(4, 20).join(''), 2);
  const check = parseInt(bits.slice(20, 28).join(''), 2);
  let crc = 0xff;
  for (const byte of [number >> 8, number & 255]) {
    crc ^= byte;
    for (let i = 0; i < 8; i += 1) crc = crc & 128 ? ((crc << 1) ^ 0x07) & 255 : (crc << 1) & 255;
  }
  return crc === check ? number : null;
}
