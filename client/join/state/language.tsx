import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import type { Language } from '../../../contracts/http/common.ts';

/** Both languages of a text side by side, so that neither is ever missing. */
export interface Both { readonly zh: string; readonly en: string }
export type Text = (zh: string, en: string) => string;

interface LanguageState { readonly language: Language; readonly choose: (language: Language) => void; readonly t: Text; readonly pick: (text: Both) => string }

const Context = createContext<LanguageState | null>(null);
/** Not personal: the one thing that this page keeps in the browser beyond the tab. */
const KEY = 'language';

const remembered = (): Language => {
  try { return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh'; } catch { return 'zh'; }
};

export function LanguageProvider({ children }: { readonly children: ReactNode }): JSX.Element {
  const [language, setLanguage] = useState<Language>(remembered);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.title = language === 'zh' ? '视频见证开户' : 'Open an account by video';
    try { localStorage.setItem(KEY, language); } catch { /* private mode: not remembered */ }
  }, [language]);
  const value = useMemo<LanguageState>(() => ({
    language, choose: setLanguage, t: (zh, en) => (language === 'zh' ? zh : en), pick: (text) => text[language],
  }), [language]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export const useLanguage = (): LanguageState => {
  const value = useContext(Context);
  if (value === null) throw new Error('LanguageProvider is missing');
  return value;
};
