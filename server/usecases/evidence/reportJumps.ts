/** The jump list at the head of the readable report: its sections, and every kind of entry with the numbers of its entries. Pure. */
import { both } from './reportContents.ts';
import { own } from './reportTables.ts';
import type { Told } from './reportTold.ts';
import { TYPE_WORDS, words } from './reportWords.ts';
import type { Words } from './reportWords.ts';

export interface Section { readonly id: string; readonly name: Words; readonly count?: number }

export function jumpList(sections: readonly Section[], told: readonly Told[]): string {
  const links = sections.map(({ id, name, count }) => `<a href="#${id}">${both(name)}${count === undefined ? '' : ` <span class="count">${count}</span>`}</a>`).join('');
  const kinds = new Map<string, number[]>();
  for (const { type, seq } of told) kinds.set(type, [...kinds.get(type) ?? [], seq]);
  const rows = [...kinds].map(([type, seqs]) => `<dt>${both(own(TYPE_WORDS, type) ?? words(type, ''))}</dt><dd>${seqs.map((seq) => `<a href="#e${seq}">${seq}</a>`).join(' ')}</dd>`).join('');
  return `<nav id="jump"><strong>${both(words('目录', 'Contents'))}</strong>${links}<details><summary>${both(words('按种类查找各条记录', 'Entries by their kind'))}</summary><dl class="rows">${rows}</dl></details></nav>`;
}
