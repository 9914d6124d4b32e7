import { describe, expect, it } from 'vitest';
import { broken, change, fromOutcome, isUnfinished, mayRetry, pollDelayMs, remainingMs, stationName, toStart, totals, wouldLose, type Upload, type UploadState } from './queue';

const upload = (key: number, state: UploadState, sent = 0, bytes = 100): Upload => ({ key, name: `f${key}`, bytes, sent, state, recordingId: null, problem: null });
const queue = (...states: UploadState[]) => states.map((state, i) => upload(i, state));

describe('two at a time, in order', () => {
  it.each<[UploadState[], number[]]>([
    [[], []],
    [['waiting', 'waiting', 'waiting'], [0, 1]],
    [['sending', 'waiting', 'waiting'], [1]],
    [['sending', 'sending', 'waiting'], []],
    [['sealing', 'sending', 'waiting', 'waiting'], [2]],
    [['failed', 'paused', 'sealed', 'waiting'], [3]],
  ])('%j starts %j', (states, keys) => expect(toStart(queue(...states)).map((u) => u.key)).toEqual(keys));
});

describe('leaving the page', () => {
  it.each<[UploadState[], boolean]>([
    [[], false], [['sealed', 'failed', 'duplicate'], false], [['sealing'], false], [['paused'], false], [['waiting'], true], [['sealed', 'sending'], true],
  ])('%j loses something: %s', (states, loses) => expect(wouldLose(queue(...states))).toBe(loses));
  it.each<[UploadState, boolean]>([['waiting', true], ['sending', true], ['sealing', true], ['paused', true], ['sealed', false], ['duplicate', false], ['failed', false]])(
    '%s unfinished: %s', (state, unfinished) => expect(isUnfinished(upload(1, state))).toBe(unfinished));
});

describe('the server’s word', () => {
  const problem = { code: 'upload.empty', params: {} };
  it.each([
    ['receiving', null, { state: 'sealing' }],
    ['sealing', null, { state: 'sealing' }],
    ['sealed', null, { state: 'sealed', recordingId: 'r1' }],
    ['duplicate', null, { state: 'duplicate', recordingId: 'r1' }],
    ['refused', problem, { state: 'failed', problem: { status: 422, title: '', code: 'upload.empty', params: {} } }],
    ['removed', null, { state: 'failed', problem: { status: 422, title: '', code: 'upload.gone' } }],
  ] as const)('%s', (state, problem, part) => expect(fromOutcome({ state, recording_id: 'r1', problem })).toEqual(part));
});

describe('totals', () => {
  it.each<[Upload[], number, number]>([
    [[], 0, 0],
    [[upload(1, 'sending', 50), upload(2, 'waiting')], 25, 0],
    [[upload(1, 'sealed', 0), upload(2, 'duplicate', 3)], 100, 2],
    [[upload(1, 'sending', 500)], 100, 0], // a server that counts too much
    [[upload(1, 'sealed', 0, 0)], 100, 1],
    [[upload(1, 'waiting', 0, 0)], 0, 0],
    [[upload(1, 'sending', 999, 1000)], 99, 0], // never 100 before the end
  ])('%#', (uploads, percent, done) => expect(totals(uploads)).toMatchObject({ percent, done }));
  it.each([[1000, 50, null], [2000, 0, null], [10_000, 50, 10_000], [10_000, 25, 20_000]])('%i ms for %i bytes: %s left', (ms, bytes, left) =>
    expect(remainingMs(totals([upload(1, 'sending', 50)]), ms, bytes)).toBe(left));
});

it.each([[0, true], [500, true], [503, true], [409, true], [423, true], [400, false], [401, false], [404, false], [413, false], [460, false]])('status %i is tried again: %s', (status, again) =>
  expect(mayRetry(status)).toBe(again));
it('goes on with what the network broke, not with what was refused', () => {
  const failed = (key: number, status: number): Upload => ({ ...upload(key, 'failed'), problem: { status, code: 'x', title: '' } });
  expect(broken([failed(1, 0), failed(2, 422), upload(3, 'paused'), failed(4, 0)]).map((u) => u.key)).toEqual([1, 4]);
});
it('changes one line only', () => expect(change(queue('waiting', 'waiting'), 1, { sent: 5 }).map((u) => u.sent)).toEqual([0, 5]));
it.each([[0, 250], [1, 500], [3, 2000], [4, 3000], [1000, 3000]])('asks again after wait %i: %i ms', (asked, ms) => expect(pollDelayMs(asked)).toBe(ms));

describe('a station is known by its last name', () => {
  it.each([['/media/usb0/cfd-d01/', 'cfd-d01'], ['E:\\DCIM', 'DCIM'], ['采集站一', '采集站一'], ['/', '/']])('%s -> %s', (station, name) => expect(stationName(station)).toBe(name));
});
