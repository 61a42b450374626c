/** Sounds for the fake microphones, and the ear that tells them apart. */

/**
 * A pulsed sine as 16-bit mono WAV, 48 kHz. Pulsed, because a browser's noise suppression takes a steady tone for
 * noise and removes it. Whole periods and whole pulses, so that the file loops without a click.
 */
export function toneWav(hz: number, seconds: number): Buffer {
  const rate = 48_000;
  const samples = Math.round(seconds * rate);
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i += 1) {
    const inPulse = (i / rate) % 1;
    const envelope = inPulse < 0.8 ? Math.min(1, inPulse / 0.02, (0.8 - inPulse) / 0.02) : 0;
    data.writeInt16LE(Math.round(12_000 * envelope * Math.sin((2 * Math.PI * hz * i) / rate)), i * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** Power of one frequency in a signal (Goertzel), relative to the signal's whole power: 0…1. */
export function tonePower(pcm: Float32Array, sampleRate: number, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  let before = 0;
  let last = 0;
  let energy = 0;
  for (const sample of pcm) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  return (2 * (last * last + before * before - coefficient * last * before)) / (energy * pcm.length);
}

/**
 * The strongest tone between 200 and 2000 Hz, in steps of 10 Hz.
 * @returns 0 for silence and for sound in which no tone stands out.
 */
export function dominantTone(pcm: Float32Array, sampleRate: number): number {
  let best = { hz: 0, power: 0 };
  // Windows of 0.1 s have bins of 10 Hz, so no tone falls between two of them.
  const size = Math.min(pcm.length, Math.round(sampleRate / 10));
  const windows: Float32Array[] = [];
  for (let at = 0; size > 0 && at + size <= pcm.length && windows.length < 40; at += size) windows.push(pcm.subarray(at, at + size));
  const loud = windows.filter((window) => window.reduce((sum, sample) => sum + sample * sample, 0) / size > 1e-7);
  if (loud.length === 0) return 0;
  for (let hz = 200; hz <= 2000; hz += 10) {
    const power = loud.reduce((sum, window) => sum + tonePower(window, sampleRate, hz), 0) / loud.length;
    if (power > best.power) best = { hz, power };
  }
  return best.power > 0.2 ? best.hz : 0;
}
