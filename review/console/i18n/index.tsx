import { createContext, useCallback, useContext, useLayoutEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Language } from '../../../contracts/http/common.ts';
import { WORDS } from './words.ts';
import type { WordKey } from './words.ts';

const STORE = 'console.language';

/** Words in the chosen language; `{x}` is filled from `values`. */
export type Translate = (key: WordKey, values?: Record<string, string | number>) => string;

interface Words {
  readonly language: Language;
  readonly t: Translate;
  /** Picks the language out of a contract's bilingual text. */
  readonly pick: (text: { zh: string; en: string }) => string;
  readonly switchLanguage: () => void;
}

const WordsContext = createContext<Words | undefined>(undefined);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (localStorage.getItem(STORE) === 'en' ? 'en' : 'zh'));
  // Fonts follow the page's language: in a Chinese font, English quotation marks are as wide as a character.
  useLayoutEffect(() => { document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'; }, [language]);
  const t = useCallback<Translate>((key, values) => fill(WORDS[key][language === 'zh' ? 0 : 1], values), [language]);
  const value = useMemo<Words>(() => ({
    language,
    t,
    pick: (text) => text[language],
    switchLanguage: () => setLanguage((old) => {
      const next = old === 'zh' ? 'en' : 'zh';
      localStorage.setItem(STORE, next);
      return next;
    }),
  }), [language, t]);
  return <WordsContext value={value}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (words === undefined) throw new Error('useWords outside of LanguageProvider');
  return words;
}

function fill(text: string, values: Record<string, string | number> | undefined): string {
  return values === undefined ? text : text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
