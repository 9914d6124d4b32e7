import { compact, oneOf } from '../shared/search';
import { FORMS, type FormName } from './forms';

export interface DocumentSearch { form?: FormName }
export const documentSearch = (raw: Record<string, unknown>): DocumentSearch => compact({ form: oneOf(raw.form, FORMS) });
