/**
 * Stable handles (data-testid) of everything a person can touch on the client's pages; browser tests use nothing else.
 *
 * everywhere     login-here (after another device took over), obstacle (data-kind = insecure | in-app), lang-switch, back, logout, step-title (data-step = name of the step shown), error (data-code), error-retry, network-lost
 * 1 consents     consent-notice, consent-recording, consent-sensitive (checkboxes), consent-face-agree / consent-face-refuse,
 *                consent-<kind>-read (opens the text), legal-text, legal-close, consents-next
 * 2 phone        phone-input, code-send, phone-shown, phone-other (another number), code-input, code-login
 * 3 documents    upload-portrait, upload-emblem (file inputs, camera), upload-portrait-file, upload-emblem-file (album),
 *                document-portrait / document-emblem (data-state = empty | sending | judging | reading | read | bad), documents-next,
 *                crop-<finding>[-<field>] (the place of the photo; a tap opens it whole), crop-…-close, document-<side>-kept, document-<side>-cut (data-cut = asking | lost)
 * 4 form         form-name, form-sex-male, form-sex-female, form-ethnicity, form-birthDate, form-idNumber, form-address,
 *                form-authority, form-validFrom, form-validTo, form-longTerm, form-diff-<field>, form-doubt-<field>, form-crop-<field>, form-places, form-next
 * 5 declarations decl-occupation (select), decl-employer, decl-education (select), decl-tax-china | -other | -both,
 *                decl-beneficial-self, decl-controller-self, decl-market-shanghai, decl-market-shenzhen,
 *                decl-noBadRecord-yes | -no, decl-next
 * 6 questionnaire q-<questionId>-<optionId>, questionnaire-next, then on the result: risk-class, risk-next, risk-again
 * 7 custody      bank-<code>, bank-card, custody-next
 * 8 passwords    pw-trading, pw-trading-again, pw-fund, pw-fund-again, pw-show, passwords-next
 * 9 agreements   agreement-<id>-text (scrolls), agreement-<id>-more (scrolls on), agreement-<id>-agree (enabled at the end of
 *                the text; one agreement after the other), agreements-next (signs all)
 * 10 submit      edit-<step>, submit
 * 11 ready       ready-start, ready-picture, ready-camera / ready-microphone / ready-network / ready-light (data-state), ready-retry, ready-next
 * 12 line        line-place, line-expected, line-check (device check while waiting), line-check-close, line-leave
 *                line-join (after leaving the line), call-return (a running call that was left here)
 * 13 call        call-agent, call-remote-video, call-local-video, call-state, call-recording, call-card-frame, call-unmute, call-retry, call-hangup,
 *                call-hangup-confirm, call-hangup-cancel
 * 14 result      result-state (data-state), result-repair, result-correct, account-<step> (data-state), account-<step>-no, rate-satisfied, rate-fair,
 *                rate-notSatisfied, rate-reason, rate-submit, withdraw, withdraw-confirm, withdraw-cancel
 */
export const testid = (id: string): { 'data-testid': string } => ({ 'data-testid': id });
