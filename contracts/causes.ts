/** Why a call or its recording broke off, in words: on the desk, in second review and in the replay. */
export const CAUSE_WORDS = {
  peer_lost: { zh: '一端网络断开', en: 'one end lost its connection' },
  left: { zh: '一端离开了通话', en: 'one end left the call' },
  client_lost: { zh: '客户网络断开', en: 'the client lost the connection' },
  witness_lost: { zh: '见证人员网络断开', en: 'the witness lost the connection' },
  client_left: { zh: '客户离开了通话', en: 'the client left the call' },
  witness_left: { zh: '见证人员离开了通话', en: 'the witness left the call' },
  worker_died: { zh: '媒体服务重启', en: 'the media service restarted' },
  host_lost: { zh: '服务器重启', en: 'the server restarted' },
  recorder_down: { zh: '录像程序中断', en: 'the recorder was down' },
  disk_full: { zh: '存储空间已满，录像中断', en: 'the disk was full, nothing could be recorded' },
  muted: { zh: '一端关闭了声音或画面', en: 'sound or picture was switched off' },
  no_track: { zh: '没有送来声音或画面', en: 'no sound or picture was sent' },
} as const satisfies Record<string, { zh: string; en: string }>;
export type Cause = keyof typeof CAUSE_WORDS;

/** The words of a cause; one without words is told as what it is, an interruption. */
export const causeWords = (cause: string): { zh: string; en: string } =>
  (cause in CAUSE_WORDS ? CAUSE_WORDS[cause as Cause] : { zh: '原因不明', en: 'cause not known' });
