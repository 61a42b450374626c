import type { z } from 'zod';
import type { LegalText, agreementId } from '../../contracts/http/client.ts';
import { legalText } from './legal.ts';
import type { TextSource } from './legal.ts';

const accountOpening: TextSource = {
  version: '2026-1',
  title: { zh: '证券账户开户协议', en: 'Agreement on opening securities accounts' },
  zh: [
    '甲方（投资者）申请由乙方（证券公司）为其开立资金账户，并代理其向中国证券登记结算有限责任公司申请开立证券账户。甲方声明本次开户为本人自愿办理，所提交的身份证件真实、有效，所填写的信息完整、准确。',
    '甲方保证账户由本人使用，不出借、不转让，不为他人代持；实际控制人和受益所有人均为本人。甲方的身份信息、联系方式、职业或税收居民身份发生变化时，应当及时通知乙方更新。',
    '乙方应当按照法律法规和业务规则审核甲方的申请。乙方发现申请材料不一致、身份存疑或者存在其他不符合规定的情形时，可以要求补正、延后办理或者拒绝办理，并告知原因。',
    '甲方自行设置并妥善保管交易密码和资金密码。凡使用正确密码进行的操作，均视为甲方本人的操作。乙方工作人员不会以任何理由询问甲方的密码。',
    '本协议自甲方使用数字证书签署且乙方审核通过、账户开立成功之日起生效。',
  ],
  en: [
    'The investor applies to the securities company for a fund account, and for securities accounts at the central depository through it. The investor declares to act of his or her own will, that the identity documents are genuine and valid, and that what was entered is complete and accurate.',
    'The investor uses the accounts in person, does not lend or transfer them and holds nothing in them for others; controller and beneficial owner is the investor. Changes of identity data, contact, occupation or tax residency are to be told without delay.',
    'The company examines the application as law and business rules demand. Where documents do not agree, identity is in doubt, or rules are otherwise not met, it may ask for correction, postpone or refuse, and gives the reason.',
    'The investor sets the trading and fund passwords alone and keeps them safe. What is done with the right password counts as done by the investor. No employee of the company will ever ask for a password.',
    'This agreement takes effect when it is signed with the digital certificate, the application is approved and the accounts are open.',
  ],
};

const riskDisclosure: TextSource = {
  version: '2026-1',
  title: { zh: '证券交易风险揭示书', en: 'Disclosure of the risks of securities trading' },
  zh: [
    '尊敬的投资者：证券投资有风险，您可能损失部分甚至全部本金。请在决定开户前仔细阅读本揭示书。',
    '宏观经济风险：国家经济形势的变化以及其他国家、地区经济环境和证券市场的变化，可能引起证券市场的波动，使您遭受损失。政策风险：法律、法规和政策的变化可能引起市场波动。',
    '上市公司经营风险：上市公司的经营状况受行业前景、经营管理、财务等因素影响，可能导致股票价格下跌，甚至终止上市。',
    '技术风险：交易依靠电子通讯技术和电脑技术，系统可能因故障、网络中断或黑客攻击而无法正常工作，使您的委托不能及时成交。不可抗力风险：地震、火灾、水灾、战争等也可能造成损失。',
    '任何机构和个人都无权向您承诺收益或者分担损失。请您根据自身的财务状况和风险承受能力审慎决定，不要借钱投资，不要听信他人指使操作账户。',
  ],
  en: [
    'Dear investor, investing in securities carries risk. You may lose part or all of what you put in. Read this disclosure with care before you decide.',
    'Economic and policy risk: changes of the economy here or elsewhere, and of laws and policies, may move the markets and cause you losses.',
    'Business risk: how a listed company fares depends on its industry, its management and its finances. Its share price may fall, and its shares may be delisted.',
    'Technical risk: trading relies on computers and networks. A failure, a broken connection or an attack may keep your orders from being carried out in time. Force majeure such as earthquake, fire, flood or war may also cause losses.',
    'Nobody is entitled to promise you a profit or to share your losses. Decide prudently in view of your means and of the risk you can bear; do not borrow to invest, and do not let anybody direct you in the use of your account.',
  ],
};

const custody: TextSource = {
  version: '2026-1',
  title: { zh: '客户交易结算资金第三方存管协议', en: 'Agreement on third-party custody of settlement funds' },
  zh: [
    '甲方（投资者）、乙方（证券公司）和丙方（存管银行）约定：甲方的交易结算资金由丙方单独立户管理，资金的存取只能在甲方本人的银行账户与资金账户之间进行。',
    '甲方指定本人名下的银行卡作为存管账户，并保证该卡信息真实。部分银行要求甲方在银行渠道再次确认签约，确认完成后存管关系方才生效。',
    '乙方负责证券交易和清算，不得挪用甲方资金；丙方负责资金的存管和划转。变更存管银行应当在无未了结交易、资金余额按规定处理后办理。',
  ],
  en: [
    'Investor, securities company and custody bank agree that the investor’s settlement funds are held by the bank in an account of their own, and move only between the investor’s own bank account and the fund account.',
    'The investor names a bank card of his or her own as the custody account and vouches for its data. Some banks ask the investor to confirm once more through the bank; custody takes effect when that is done.',
    'The company trades and settles and must not use the investor’s money; the bank keeps and transfers it. The custody bank can be changed when no trade is open and the balance has been dealt with as the rules demand.',
  ],
};

const electronicSignature: TextSource = {
  version: '2026-1',
  title: { zh: '电子签名约定书', en: 'Agreement on electronic signatures' },
  zh: [
    '双方约定在开户及后续业务中使用电子签名。甲方使用数字证书对电子文件所作的签名，与手写签名或者盖章具有同等的法律效力。',
    '签名密钥在甲方的手机上生成，不离开该设备，由甲方独立控制。甲方应当妥善保管自己的设备；设备遗失或者怀疑密钥被他人使用时，应当立即通知乙方停用证书。',
    '每份文件的版本、摘要值、签名和签署时间均被保存，可用于事后核验。',
  ],
  en: [
    'The parties agree to use electronic signatures for the account and for later business. A signature that the investor makes with the digital certificate has the same legal effect as one by hand.',
    'The signing key is made on the investor’s phone, does not leave it and is under the investor’s sole control. The investor takes care of the device, and tells the company at once to disable the certificate when it is lost or when somebody else may be using the key.',
    'Version, hash, signature and time of each document are kept, so that it can be verified later.',
  ],
};

/** Agreements and risk disclosure in the order they are signed (R19). */
export const AGREEMENTS: readonly (LegalText & { id: z.infer<typeof agreementId> })[] = [
  legalText('accountOpening', accountOpening),
  legalText('riskDisclosure', riskDisclosure),
  legalText('custody', custody),
  legalText('electronicSignature', electronicSignature),
];
