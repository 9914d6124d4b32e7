import { describe, expect, it } from 'vitest';
import parameters from '../../../locales/parameters.zh-CN.json';
import rules from '../../../locales/rules.zh-CN.json';
import web from '../../../locales/web.zh-CN.json';
import { fill, type Text } from '../shared/text';
import type { Article, Parameter } from '../api/types';
import { parameterName, parameterText } from './parameters';
import { linesOf, articleOf, sentencesOf, placeOf, stateCode, stateTone } from './regulation';
import { changesOf } from './would-change';

const words: Record<string, string> = { ...web, ...rules, ...parameters };
const t = Object.assign((key: string, params?: Record<string, unknown>) => fill(words[key] ?? key, params), {
  code: (room: string, code: string) => words[`${room}.${code}`] ?? code,
  codes: (room: string) => Object.keys(words).filter((key) => key.startsWith(`${room}.`)).map((key) => key.slice(room.length + 1)),
  language: 'zh-CN',
}) as unknown as Text;

describe('a parameter in words', () => {
  it.each<[string, unknown, string]>([
    ['retention.0', { article: ['第十五条'], disc: false, ground: 'any', keep: { years: 2 } }, `情形：${words['rules.word.Ground.any']}；至少保存：2 年`],
    ['retention.2', { ground: 'mass_incident', keep: 'forever' }, `情形：${words['rules.word.Ground.mass_incident']}；至少保存：${words['rules.word.Keeping.forever']}`],
    ['statement.1', { key: 'repair.route', zh: '停用并报告', en: 'Stop and report' }, '停用并报告'],
    ['upload', { extension: null, within: { hours: 24 }, destinations: ['case_system', 'dedicated_storage'] }, `时限：24 小时；存入：${words['rules.word.Destination.case_system']}、${words['rules.word.Destination.dedicated_storage']}`],
    ['occasion.1', { by_cctv: true, inferred: false }, '可由固定监控记录'],
    ['odd', { never_heard: 'of_this' }, 'never_heard：of_this'],
    ['odd', 7, '7'],
    ['odd', {}, ''],
  ])('%s %j', (path, value, text) => expect(parameterText({ path, value } as Parameter, t)).toBe(text));
  it('is named by its table', () => expect(parameterName('retention.2', t)).toBe('保存期限'));
});

const article = (no: string, cite: string) => ({ no, cite }) as Article;

describe('which article, and how it stands', () => {
  const all = [article('12a', '第十二条'), article('12b', '第十二条'), article('15(3)', '第十五条第（三）项')];
  it.each([['12b', '12b'], ['第十二条', '12a'], ['12', '12a'], ['15(3)', '15(3)'], ['99', undefined], [undefined, undefined]])('%s -> %s', (no, found) => expect(articleOf(all, no)?.no).toBe(found));
  it('an article of two sentences is read in two lines', () => expect(sentencesOf(all, '第十二条').map((a) => a.no)).toEqual(['12a', '12b']));
  it.each([
    ['in_force', 'in_force', 'in_force', 'good'], ['in_force_unconfirmed', 'in_force_unconfirmed', 'in_force_unconfirmed', 'warn'], ['expired', 'lapsed', 'expired', 'bad'],
    ['expired', 'continued', 'continued', 'warn'], ['pending', 'before', 'pending', 'plain'],
  ])('%s, %s: %s in %s', (state, force, code, tone) => expect([stateCode({ state, force }), stateTone({ state, force })]).toEqual([code, tone]));
  it.each([['/recordings?hand_in=late', { to: '/recordings', search: { hand_in: 'late' } }], ['/people', { to: '/people', search: {} }]])('%s', (link, place) => expect(placeOf(link)).toEqual(place));
});

describe('what would change a verdict', () => {
  const change = (fact: string, to: unknown) => ({ fact, to, verdict: 'extended' });
  it.each([
    [[], []],
    [[change('circumstance', 'remote_area'), change('circumstance', 'remote_area')], ['circumstance']],
    [[change('activity_ended', 'later')], []], // the page does not know it, so it cannot say
    [[change('conflict', '?'), change('conflict', null), change('conflict', true)], ['conflict']],
  ])('%j', (found, facts) => expect(changesOf(found, ['activity_ended']).map((line) => line.fact)).toEqual(facts));
});

describe('a list that was copied', () => {
  it.each([[undefined, []], ['', []], [' a \n\n b\r\n', ['a', 'b']]])('%j', (text, lines) => expect(linesOf(text)).toEqual(lines));
});
