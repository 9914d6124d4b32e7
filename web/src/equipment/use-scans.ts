import { useEffect, useRef, useState } from 'react';
import { ApiError, get } from '../api/client';
import type { Problem, Scanned } from '../api/types';
import * as desk from './desk';
import type { DeskAct } from './search';

/** The stack of the desk and its questions to the server. Answers may come in any order; each is for its own code. */
export function useScans(act: DeskAct, codes?: string) {
  const [rows, setRows] = useState<desk.Row[]>([]);
  const [notice, setNotice] = useState<desk.Notice | null>(null);
  /** The same stack without waiting for the page to be drawn: a scanner is quicker. */
  const now = useRef(rows);
  const current = useRef(act);
  const change = (next: desk.Row[]) => {
    now.current = next;
    setRows(next);
  };
  const ask = async (code: string) => {
    const asked = current.current;
    const answer = await get<Scanned>('/devices/scan', { code, act: asked })
      .then((scanned) => ({ scanned }), (error: unknown): { problem: Problem } => ({ problem: error instanceof ApiError ? error.problem : { status: 0, code: 'network.unreachable', title: '' } }));
    if (asked !== current.current) return; // another act was chosen meanwhile; it asks for itself
    const next = desk.answered(now.current, code, answer);
    change(next.rows);
    if (next.notice) setNotice(next.notice);
  };
  const scan = (typed: string) => {
    const next = desk.scan(now.current, typed);
    setNotice(next.notice);
    change(next.rows);
    if (next.ask) void ask(next.ask);
  };
  useEffect(() => {
    current.current = act;
    if (now.current.length === 0) return;
    change(desk.again(now.current));
    for (const row of now.current) void ask(row.code);
    // Only another act makes the questions be asked again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [act]);
  useEffect(() => {
    for (const code of (codes ?? '').split(',')) scan(code);
    // What was chosen in the register is laid on the desk once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [codes]);
  return {
    rows, notice, scan,
    setRows: (to: (rows: desk.Row[]) => desk.Row[]) => change(to(now.current)),
    retry: (code: string) => {
      change(now.current.map((row) => (row.code === code ? { ...row, state: 'asking' as const, problem: null } : row)));
      void ask(code);
    },
  };
}
