/** Of a bulk act that was refused: which devices stood in its way, and why. */
import { ApiError } from '../api/client';
import type { ActsDone, ArticleRef, Problem } from '../api/types';
import { Basis } from '../regulations/basis';
import { useText } from '../shared/text';

/** The words of a problem, and its articles one click away. */
export function ProblemLine({ problem }: { problem: Problem }) {
  const t = useText();
  return (
    <span>
      {problem.title || t.code('problem', problem.code, problem.params)}
      {!!problem.articles?.length && <> <Basis articles={problem.articles} /></>}
    </span>
  );
}

export function RefusedDevices({ error }: { error: unknown }) {
  const problems = error instanceof ApiError ? (error.problem.problems ?? []) : [];
  if (problems.length === 0) return null;
  return (
    <ul className="refused-devices">
      {problems.map((problem, i) => <li key={i}><b>{String(problem.params?.serial_no ?? problem.params?.device ?? '')}</b> <ProblemLine problem={problem} /></li>)}
    </ul>
  );
}

/** Remarks that refuse nothing: a deviation on record, a suspected violation. One line per kind. */
export function Notes({ notes }: { notes: ActsDone['notes'] }) {
  const t = useText();
  const codes = [...new Set(notes.map((note) => note.code))];
  return (
    <span className="notes">
      {codes.map((code) => {
        const own = notes.filter((note) => note.code === code);
        const articles = own[0]?.articles as ArticleRef[] | undefined;
        return <span key={code}>{t('equipment.note_count', { note: t.code('problem', code), count: own.length })}{!!articles?.length && <> <Basis articles={articles} /></>}</span>;
      })}
    </span>
  );
}
