import type { OverlayOptions } from 'sharp';

/** The 32 cells of a frame number; {@link readFrameNumber} reads them. */
export function frameCells(number: number): string {
  let crc = 0xff;
  for (const byte of [number >> 8, number & 255]) {
    crc ^= byte;
    for (let i = 0; i < 8; i += 1) crc = crc & 128 ? ((crc << 1) ^ 0x07) & 255 : (crc << 1) & 255;
  }
  const bits = (value: number, count: number): string => value.toString(2).padStart(count, '0');
  return `1010${bits(number, 16)}${bits(crc, 8)}0101`;
}

/** The band as raw RGB, ready to be laid over the top of a frame. */
export function frameBand(number: number, width: number): OverlayOptions {
  const cell = width / 32;
  const height = Math.round(cell);
  const cells = frameCells(number);
  const row = Buffer.alloc(width * 3);
  for (let x = 0; x < width; x += 1) row.fill(cells[Math.floor(x / cell)] === '1' ? 235 : 20, x * 3, x * 3 + 3);
  const data = Buffer.concat(Array.from({ length: height }, () => row));
  return { input: data, raw: { width, height, channels: 3 }, left: 0, top: 0 };
}
