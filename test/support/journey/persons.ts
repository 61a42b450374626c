import { fixturePortrait, inventPerson, photographCard, renderCard } from '../cards/index.ts';
import type { InventedPerson } from '../cards/index.ts';
import type { ClientPerson } from './client.ts';

/** A card number that passes Luhn, invented. */
function bankCard(seed: number): string {
  const body = `622202${String(seed).padStart(12, '0')}`;
  const sum = [...body].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** An invented client with photographs of an invented card. */
export async function inventClient(seed: number, ageYears = 34): Promise<{ card: InventedPerson; client: ClientPerson }> {
  const card = inventPerson(seed, { ageYears, sex: seed % 2 ? '女' : '男' });
  const portrait = await fixturePortrait();
  const [front, back] = await Promise.all([
    renderCard({ ...card, side: 'portrait', portrait, heightPx: 1000 }),
    renderCard({ ...card, side: 'emblem', heightPx: 1000 }),
  ]);
  return {
    card,
    client: {
      phone: `139${String(10_000_000 + seed).slice(-8)}`, bankCard: bankCard(seed), tradingPassword: '739164', fundPassword: '285093',
      portrait: await photographCard(front, { tiltDeg: 1.2 }), emblem: await photographCard(back, { tiltDeg: -0.8 }),
    },
  };
}
