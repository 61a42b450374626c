/** Rings until it is stopped: two soft tones every 1.6 s. Silent where the browser lets no sound out before a click. */
export function startRing(): () => void {
  const context = new AudioContext();
  const ring = (): void => {
    for (const [index, hertz] of [660, 880].entries()) {
      const at = context.currentTime + index * 0.22;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.22);
    }
  };
  ring();
  const timer = setInterval(ring, 1600);
  return () => {
    clearInterval(timer);
    if (context.state !== 'closed') void context.close();
  };
}
