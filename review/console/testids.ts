import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../contracts/script.ts';

/** Stable `data-testid`s of everything a person can press or must read; the browser journey drives the console by them. */
export const TESTIDS = {
  // Frame
  langSwitch: 'lang-switch', logout: 'logout', errorBox: 'error-box', confirmOk: 'confirm-ok', confirmCancel: 'confirm-cancel',
  menu: (key: string) => `menu-${key}`,
  // Login
  loginUsername: 'login-username', loginPassword: 'login-password', loginTotp: 'login-totp', loginSubmit: 'login-submit',
  // Seat check and desk
  seatCamera: 'seat-camera', seatSharp: 'seat-sharp', seatLit: 'seat-lit', seatMicrophone: 'seat-microphone',
  seatBackdrop: 'seat-backdrop', seatAligned: 'seat-aligned', seatOnline: 'seat-online', seatState: 'seat-state',
  waitingCount: 'waiting-count', leaveSeat: 'leave-seat', leaveReason: (r: string) => `leave-reason-${r}`, leaveSubmit: 'leave-submit',
  offer: 'offer', offerCaseNo: 'offer-case-no', offerCountdown: 'offer-countdown', offerAccept: 'offer-accept', offerDecline: 'offer-decline', held: 'held',
  // Call
  callPage: 'call-page', callClientVideo: 'call-client-video', callOwnVideo: 'call-own-video', callState: 'call-state', recorderState: 'recorder-state',
  callFrameWidth: 'call-frame-width', clientName: 'client-name', clientPinyin: 'client-pinyin',
  tick: (item: ScriptItemId, answer: ScriptAnswer) => `tick-${item}-${answer}`, tickState: (item: ScriptItemId) => `tick-${item}-state`,
  photo: (kind: PhotoKind) => `photo-${kind}`, photoImage: (kind: PhotoKind) => `photo-${kind}-image`, photoState: (kind: PhotoKind) => `photo-${kind}-state`,
  photoFindings: (kind: PhotoKind) => `photo-${kind}-findings`, detailToggle: 'detail-toggle',
  tab: (key: string) => `tab-${key}`, uncover: (field: string) => `uncover-${field}`, compareRow: (field: string) => `compare-${field}`, compareVerdict: 'compare-verdict',
  documentImage: (side: string) => `document-${side}-image`, warnings: 'warnings', police: 'police', policeEarlier: 'police-earlier', policeFace: 'police-face', policeAsk: 'police-ask', policeDecide: (q: string) => `police-decide-${q}`, policeDecided: (q: string) => `police-decided-${q}`, policeReason: 'police-reason', policeSubmit: 'police-submit',
  findingDecide: (code: string, field = '') => `finding-decide-${code}${field && `-${field}`}`, findingDecided: 'finding-decided', findingReason: 'finding-reason', findingSubmit: 'finding-submit',
  findingList: 'finding-list', finding: (code: string) => `finding-${code}`, missingList: 'missing-list', missingItem: (code: string) => `missing-${code}`,
  approve: 'approve', approveAttend: 'approve-attend', reject: 'reject', rejectCode: 'reject-code', rejectCodeOption: (code: string) => `reject-code-${code}`, rejectSearch: 'reject-search', rejectClientText: 'reject-client-text',
  rejectComment: 'reject-comment', rejectSubmit: 'reject-submit', fraud: 'fraud', fraudComment: 'fraud-comment', fraudSubmit: 'fraud-submit',
  // Second review
  reviewRow: (caseNo: string) => `review-row-${caseNo}`, reviewOpen: 'review-open', reviewRefresh: 'review-refresh', reviewApprove: 'review-approve', reviewPostpone: 'review-postpone',
  reviewPostponeDate: 'review-postpone-date', reviewPostponeSubmit: 'review-postpone-submit', reviewReject: 'review-reject', reviewRecording: 'review-recording', reviewPage: 'review-page', reviewComment: 'review-comment', reviewBreaks: 'review-breaks',
  // Sessions and replay
  sessionsCaseNo: 'sessions-case-no', sessionsAgent: 'sessions-agent', sessionsClient: 'sessions-client', sessionsCode: 'sessions-code', sessionsLength: 'sessions-length', sessionsFrom: 'sessions-from', sessionsTo: 'sessions-to', sessionsFind: 'sessions-find', sessionsClear: 'sessions-clear', sessionsMore: 'sessions-more', sessionsRow: (caseNo: string) => `sessions-row-${caseNo}`, exportOpen: 'export-open', exportReceiver: 'export-receiver', exportPurpose: 'export-purpose', exportSubmit: 'export-submit', replayPurpose: 'replay-purpose', replayOpen: 'replay-open',
  replayPage: 'replay-page', replayEvent: (n: number) => `replay-event-${n}`, replayPlay: 'replay-play', replayTime: 'replay-time', replayClock: 'replay-clock', replaySpeed: 'replay-speed', replaySpeedOption: (s: number) => `replay-speed-${s}`, replaySeek: 'replay-seek',
  replayVideo: (side: 'client' | 'witness') => `replay-${side}-video`, replayNoPicture: (side: 'client' | 'witness') => `replay-${side}-no-picture`,
  replayLive: 'replay-live', replayNewest: 'replay-newest', replayDecision: 'replay-decision', replayUncover: 'replay-uncover', replayName: 'replay-name', replayPick: (n: number) => `replay-pick-${n}`,
  replayFrameBack: 'replay-frame-back', replayFrameOn: 'replay-frame-on', replayEventBack: 'replay-event-back', replayEventOn: 'replay-event-on', replayNetwork: (side: 'client' | 'witness') => `replay-network-${side}`, replayGap: 'replay-gap',
  seen: 'seen', seenStep: (item: string) => `seen-step-${item}`, seenMissing: 'seen-missing', seenFindings: 'seen-findings', seenPhoto: (id: string) => `seen-photo-${id}`, seenValues: 'seen-values', seenForm: 'seen-form', seenPrompt: 'seen-prompt',
  looksCaseNo: 'looks-case-no', looksPerson: 'looks-person', looksFrom: 'looks-from', looksTo: 'looks-to', looksFind: 'looks-find', looksMore: 'looks-more', looksRow: 'looks-row', looksOfCase: 'looks-of-case',
  // Lead
  lineWaiting: 'line-waiting', lineSeats: 'line-seats', holdRow: (caseNo: string) => `hold-row-${caseNo}`, holdRelease: 'hold-release', holdReject: 'hold-reject', holdComment: 'hold-comment', holdSubmit: 'hold-submit',
  negativeAdd: 'negative-add', negativeSearch: 'negative-search', negativeRow: (id: string) => `negative-row-${id}`, negativeRemove: (id: string) => `negative-remove-${id}`, negativeNumber: 'negative-number', negativeReason: 'negative-reason', negativeSubmit: 'negative-submit',
  // Retention
  retentionMake: 'retention-make', retentionRow: (id: string) => `retention-row-${id}`, retentionLook: (id: string) => `retention-look-${id}`, retentionConfirm: 'retention-confirm', retentionSubmit: 'retention-submit', retentionCaseNo: 'retention-case-no', retentionReason: 'retention-reason',
  holdSetOpen: 'hold-set-open', legalHold: (caseNo: string) => `legal-hold-${caseNo}`, legalHoldLift: (caseNo: string) => `legal-hold-lift-${caseNo}`, relationOpen: 'relation-open', relationDate: 'relation-date',
  batchCalendar: 'batch-calendar', batchRow: (caseNo: string) => `batch-row-${caseNo}`, batchUnpark: (caseNo: string) => `batch-unpark-${caseNo}`,
} as const;
