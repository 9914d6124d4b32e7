import { Alert } from 'antd';
import { ApiError } from '../api/client';
import { ArticleList } from '../regulations/basis';
import { useText, type Text } from './text';

/** Pure but for the words: what a refusal says to the person who met it. */
export function refusalText(error: unknown, t: Text): string {
  if (!(error instanceof ApiError)) return t('shell.failed.title');
  if (error.status === 0) return t('shell.offline.hint');
  return error.problem.title || t.code('problem', error.code, error.problem.params);
}

/** 不予办理: the sentence, the fields at fault, and the articles it rests on. Nothing when there is no error. */
export function Refusal({ error }: { error: unknown }) {
  const t = useText();
  if (!error) return null;
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <Alert
      type="error" showIcon role="alert" style={{ marginBottom: 16 }} title={refusalText(error, t)}
      description={problem && (problem.params?.field || problem.articles?.length || problem.params?.own === true) ? (
        <>
          {typeof problem.params?.field === 'string' && <div>{t('form.field_at_fault', { field: t.code('field', problem.params.field) })}</div>}
          {problem.params?.own === true && <div>{t('form.own_default')}</div>}
          {!!problem.articles?.length && <ArticleList articles={problem.articles} />}
        </>
      ) : undefined}
    />
  );
}
