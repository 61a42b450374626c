export { createRecorderSupervisor } from './supervisor.ts';
export type { SupervisedRecorder, SupervisorOptions } from './supervisor.ts';
export { createHostClock } from './hostclock.ts';
export type { HostClock } from './hostclock.ts';
export { createRecordedFrames } from './recorded.ts';
export type { Recorder, RecorderListener, RecorderTrack } from './port.ts';
