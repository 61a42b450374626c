import type { ThemeConfig } from 'antd';

/** Colour carries meaning only: blue acts, green is done, amber wants attention, red stops. */
export const COLOURS = {
  ink: '#1c2733', quiet: '#5b6875', line: '#dde3e9', ground: '#f3f5f8', act: '#1d5fa8', done: '#2c7a4b', attend: '#a8620b', stop: '#b3261e',
} as const;

export const THEME: ThemeConfig = {
  token: {
    colorPrimary: COLOURS.act, colorSuccess: COLOURS.done, colorWarning: '#c77a12', colorError: COLOURS.stop, colorText: COLOURS.ink, colorTextSecondary: COLOURS.quiet,
    colorBorder: '#c9d2db', colorBorderSecondary: COLOURS.line, colorBgLayout: COLOURS.ground,
    borderRadius: 4, fontSize: 14, controlHeight: 32, wireframe: false, motionDurationMid: '0.12s', motionDurationSlow: '0.16s',
    // One stack for both languages, chosen in console.css by the page's language.
    fontFamily: 'var(--font)',
  },
  components: { Table: { cellPaddingBlockSM: 7 }, Tabs: { horizontalItemPaddingSM: '8px 0' } },
};
