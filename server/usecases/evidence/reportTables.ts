/** Tables of words for the readable report, Chinese first. */
export interface Words { readonly zh: string; readonly en: string }
export const words = (zh: string, en: string): Words => ({ zh, en });
/** Of a name that somebody may have written by hand: `constructor` is no word of ours. */
export const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(of, name) ? of[name] : undefined);
export type Table = Readonly<Record<string, Words>>;
/** `name: 中文|English` a line. */
export const table = (text: string): Table => Object.fromEntries(text.trim().split('\n').map((line) => {
  const found = /^\s*([\w.-]+): ([^|]*)\|(.*)$/.exec(line);
  if (found === null) throw new Error(`no line of a table of words: ${line}`);
  const [name, zh, en] = found.slice(1) as [string, string, string];
  return [name, words(zh, en)];
}));
export const texts = (list: readonly { readonly id?: string; readonly code?: string; readonly zh?: string; readonly en?: string; readonly text?: Words; readonly name?: Words }[]): Table =>
  Object.fromEntries(list.map(({ id, code, zh, en, text, name }) => [id ?? code ?? '', text ?? name ?? words(zh ?? '', en ?? '')]));
