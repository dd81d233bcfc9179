import { t } from '../../sidecar/protocol/translate.ts';
/** Parts the pieces of a row in speech, where the eye has their distance. */
export const Comma = () => <span class="visually-hidden">{t(', ')}</span>;
