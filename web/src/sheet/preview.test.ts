import { describe, expect, it } from 'vitest';
import type { ImportPreview, ImportRow } from '../api/types';
import { fieldsOf, ignored, SHOWN_MOST, shownRows } from './preview';

const row = (number: number, ...codes: string[]): ImportRow => ({ row: number, values: {}, new: null, problems: codes.map((code) => ({ status: 422, code, title: code })) });
const preview = (fields: (string | null)[]): ImportPreview => ({
  digest: '', sheet: '', heading_row: 1, left_out: [], rows: [], good: 0, bad: 0, columns: fields.map((field, at) => ({ column: at + 1, heading: `列${at}`, field })),
});

describe('what of a preview is shown', () => {
  it('puts rows with problems first and leaves good ones out where only problems are asked for', () => {
    const rows = [row(2), row(3, 'import.date'), row(4), row(5, 'import.price', 'field.required')];
    expect(shownRows(rows, false).map((one) => one.row)).toEqual([3, 5, 2, 4]);
    expect(shownRows(rows, true).map((one) => one.row)).toEqual([3, 5]);
    expect(shownRows([], true)).toEqual([]);
    expect(shownRows(Array.from({ length: SHOWN_MOST + 1 }, (_, i) => row(i)), false)).toHaveLength(SHOWN_MOST);
  });
  it('shows the fields the file has, in the order people look for them', () => {
    expect(fieldsOf('devices', preview(['price', null, 'serial_no', 'kind']))).toEqual(['serial_no', 'kind', 'price']);
    expect(fieldsOf('officers', preview(['unit', 'name']))).toEqual(['name', 'unit']);
    expect(ignored(preview(['name', null]))).toEqual(['列1']);
  });
});
