/** The other end of photographers.ts: one photo an order. */
import type { Delivery, Order } from './photographers.ts';
import { defectPhoto, goodFace, take } from './sets.ts';

const made = async (order: Order): Promise<Delivery> => {
  if (order.type === 'good') return { photo: await take(order.wanted) };
  if (order.type === 'defect') return { photo: await defectPhoto(order.set, order.defect, order.index) };
  return { photo: await goodFace(order.set, order.index) };
};

process.on('message', (order: Order) => {
  void made(order).catch((error: unknown): Delivery => ({ error: String(error) })).then((delivery) => process.send?.(delivery));
});
