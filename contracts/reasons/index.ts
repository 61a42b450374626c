import { z } from 'zod';

/** Groups of reject reasons (R29). */
export const reasonGroup = z.enum(['photo', 'data', 'authority', 'network', 'conduct', 'fraud']);

/** What a repairable reject sends the client back to; `call` needs a new session, the others may not. */
export const repairItem = z.enum(['documents', 'form', 'declarations', 'questionnaire', 'custody', 'agreements', 'call']);
export type RepairItem = z.infer<typeof repairItem>;

const bilingual = z.object({ zh: z.string(), en: z.string() });

/** A reject reason: data, versioned (R29). `text` is for staff, `client` are the plain words the client reads. */
export const reasonCode = z.object({
  code: z.string().regex(/^[A-Z]\d{2}$/),
  group: reasonGroup,
  text: bilingual,
  client: bilingual,
  needsComment: z.boolean(),
  needsPhoto: z.boolean(),
  final: z.boolean(),
  repair: z.array(repairItem),
});
export type ReasonCode = z.infer<typeof reasonCode>;

export const REASONS_VERSION = '2026-3';

/** At least one in each group, and one for every outcome of the police check that nobody can approve on (R22). */
export const REASONS: readonly ReasonCode[] = [
  { code: 'P01', group: 'photo', text: { zh: '身份证照片模糊或反光', en: 'ID photo blurred or with glare' }, client: { zh: '身份证照片不够清晰，请在光线均匀处重新拍摄身份证正反面。', en: 'The ID photo is not clear enough. Take both sides again in even light.' }, needsComment: false, needsPhoto: false, final: false, repair: ['documents', 'call'] },
  { code: 'P02', group: 'photo', text: { zh: '上传照片不是本人身份证', en: 'Uploaded photo is not the client’s own card' }, client: { zh: '上传的照片不是您本人的有效身份证，请重新上传。', en: 'The photo is not of your own valid ID card. Upload it again.' }, needsComment: true, needsPhoto: false, final: false, repair: ['documents', 'call'] },
  { code: 'D01', group: 'data', text: { zh: '姓名或证件信息填写有误', en: 'Name or ID data wrong' }, client: { zh: '填写的信息与身份证不一致，请更正后再次视频。', en: 'What you entered differs from your ID card. Correct it and call again.' }, needsComment: false, needsPhoto: false, final: false, repair: ['form', 'call'] },
  { code: 'D02', group: 'data', text: { zh: '职业或税收信息待补充', en: 'Occupation or tax data incomplete' }, client: { zh: '职业或税收居民信息需要补充，补充后无需再次视频。', en: 'Occupation or tax residency needs to be completed; no further call is needed.' }, needsComment: true, needsPhoto: false, final: false, repair: ['declarations'] },
  { code: 'A01', group: 'authority', text: { zh: '公安核查姓名与号码不一致', en: 'Police check: name and number do not match' }, client: { zh: '身份信息核查未通过，请核对姓名和身份证号码，或到户籍派出所咨询。', en: 'The identity check did not pass. Check name and number, or ask your local police station.' }, needsComment: false, needsPhoto: false, final: false, repair: ['documents', 'form', 'call'] },
  { code: 'A02', group: 'authority', text: { zh: '证件已失效', en: 'ID no longer valid' }, client: { zh: '您的身份证已失效，请换领新证后再申请。', en: 'Your ID card is no longer valid. Renew it and apply again.' }, needsComment: false, needsPhoto: false, final: true, repair: [] },
  { code: 'A03', group: 'authority', text: { zh: '公安核查库中无此号，无法核实', en: 'Police check: no record, could not be verified' }, client: { zh: '公安系统中没有查到您的身份信息，请到户籍派出所核实更新后再次视频，或携带身份证到营业部办理。', en: 'The police have no record of your identity data. Have it checked at your local police station and call again, or bring your ID card to a branch.' }, needsComment: true, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'A04', group: 'authority', text: { zh: '公安核查暂不可用，无法核实', en: 'Police check unavailable, could not be verified' }, client: { zh: '身份核查系统暂时没有答复，您填写的资料已保存，请稍后再次视频。', en: 'The identity check is not answering at the moment. What you entered is kept; call again later.' }, needsComment: false, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'A05', group: 'authority', text: { zh: '公安核查照片不一致', en: 'Police check: the photo does not match' }, client: { zh: '现场影像未能通过身份核查，请在光线均匀处正对镜头再次视频，或携带身份证到营业部办理。', en: 'Your picture did not pass the identity check. Face the camera in even light and call again, or bring your ID card to a branch.' }, needsComment: true, needsPhoto: true, final: false, repair: ['call'] },
  { code: 'A06', group: 'authority', text: { zh: '证件上的有效期限与签发时年龄不符', en: 'The card’s period of validity does not fit the age at issue' }, client: { zh: '您证件上的有效期限与签发时的年龄不符，请到公安机关核实换领后更新照片和资料再次视频，或携带身份证到营业部办理。', en: 'The period of validity on your ID card does not fit your age when it was issued. Have it checked and replaced by the police, then take new photos and call again, or bring the card to a branch.' }, needsComment: true, needsPhoto: true, final: false, repair: ['documents', 'form', 'call'] },
  { code: 'N01', group: 'network', text: { zh: '网络中断，无法继续', en: 'Network broke off' }, client: { zh: '网络不稳定，视频没有完成，请换到 Wi-Fi 或信号好的地方再次视频。', en: 'The network was unstable. Move to Wi-Fi or better reception and call again.' }, needsComment: false, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'N02', group: 'network', text: { zh: '听不清或看不清客户', en: 'Client cannot be heard or seen' }, client: { zh: '没有听清或看清您，请到安静、明亮的地方再次视频。', en: 'We could not hear or see you well. Find a quiet, bright place and call again.' }, needsComment: false, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'C01', group: 'conduct', text: { zh: '着装或环境不合适', en: 'Dress or surroundings unsuitable' }, client: { zh: '请着装整齐、在安静的环境中独自视频。', en: 'Please be properly dressed, alone and in quiet surroundings.' }, needsComment: false, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'C02', group: 'conduct', text: { zh: '未明确表示本人意愿', en: 'Own will not clearly stated' }, client: { zh: '我们没有得到您明确的意愿表示，请想好后再次申请。', en: 'You did not clearly state your own will. Think it over and apply again.' }, needsComment: true, needsPhoto: false, final: false, repair: ['call'] },
  { code: 'F01', group: 'fraud', text: { zh: '疑似冒用他人身份', en: 'Suspected impersonation' }, client: { zh: '您的申请正在处理中。', en: 'Your application is being processed.' }, needsComment: true, needsPhoto: true, final: true, repair: [] },
];
