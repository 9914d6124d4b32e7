import { describe, expect, it } from 'vitest';
import zh from '../../../locales/web.zh-CN.json';
import type { Text } from '../shared/text';
import { detailLines } from './detail-lines';

const words = zh as Record<string, string>;
const t = Object.assign((key: string) => words[key] ?? key, { code: (room: string, code: string) => words[`${room}.${code}`] ?? code }) as unknown as Text;

describe('an event in short lines', () => {
  it.each<[Record<string, unknown> | null, [string, string][]]>([
    [null, []],
    [{ reason: null, title: '', ok: true, n: 0 }, [['ok', '是'], ['n', '0']]],
    [{ changed: { title: { from: null, to: '复查' }, key_mark: { from: false, to: true } }, reason: 'x' }, [['title', '— → 复查'], ['key_mark', '否 → 是'], ['reason', 'x']]],
    [{ officers: ['a', 'b'], empty: [] }, [['officers', 'a, b'], ['empty', '']]],
    [{ bytes: 1536, findings: 2 }, [['bytes', '1.5 KB'], ['findings', '2']]],
    [{ kind: 'strip' }, [['kind', '缩略图条']]],
    [{ kind: 'video' }, [['kind', '视频']]],
    [{ kind: 'never heard of' }, [['kind', 'never heard of']]],
    [{ roles: ['custodian', 'officer'] }, [['roles', '保管人, 执法人员']]],
    [{ with_keys: false }, [['with_keys', '否']]],
    [{ drift_ms: 0, duration_ms: 61_000, expires_ms: 0 }, [['drift_ms', '±0.0 s'], ['duration_ms', '1:01'], ['expires_ms', '1970-01-01 08:00:00']]],
    [{ changed: { event_type: { from: null, to: 'sealing_up' } } }, [['event_type', `— → ${words['occasion.sealing_up']}`]]],
    [{ odd: { a: 1 } }, [['odd', '{"a":1}']]],
  ])('%j', (detail, lines) => expect(detailLines(detail, t)).toEqual(lines));
});
