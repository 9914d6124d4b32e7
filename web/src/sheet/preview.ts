/** What of a preview is shown, and in which order. Pure. */
import type { ImportPreview, ImportRow } from '../api/types';

/** Rows drawn at once; who has more problems than these mends these first. */
export const SHOWN_MOST = 100;

/** What the file says, in the order in which people look for it. */
const FIELDS: Record<ImportList, readonly string[]> = {
  devices: ['asset_no', 'serial_no', 'kind', 'maker', 'model', 'unit', 'acquired_on', 'price', 'in_use_on', 'purpose', 'capacity_gb', 'description', 'accessories'],
  officers: ['name', 'certificate_no', 'unit'],
};
export type ImportList = 'devices' | 'officers';

/** Rows with problems first; both in the order of the file. */
export function shownRows(rows: ImportRow[], onlyProblems: boolean): ImportRow[] {
  const wrong = rows.filter((row) => row.problems.length > 0);
  return (onlyProblems ? wrong : [...wrong, ...rows.filter((row) => row.problems.length === 0)]).slice(0, SHOWN_MOST);
}

/** Fields the file has, as its rows hold them. */
export function fieldsOf(list: ImportList, preview: ImportPreview): string[] {
  const there = new Set(preview.columns.map((column) => column.field));
  return FIELDS[list].filter((field) => there.has(field));
}

/** Headings nothing is read from. */
export const ignored = (preview: ImportPreview): string[] => preview.columns.filter((column) => column.field === null).map((column) => column.heading);
