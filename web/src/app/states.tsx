/** What a page shows when it has nothing else to show: waiting, not found, refused, no network, broken. */
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client';
import { useText, type Key } from '../shared/text';

export function Loading() {
  const t = useText();
  return <div className="state" role="status"><span className="state-wait" aria-hidden="true" />{t('shell.loading')}</div>;
}

function State({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  return (
    <section className="state state-page">
      <h1>{title}</h1>
      <p>{hint}</p>
      {children}
    </section>
  );
}

export function NotFound() {
  const t = useText();
  return (
    <State title={t('shell.not_found.title')} hint={t('shell.not_found.hint')}>
      <Link to="/">{t('shell.back_to_start')}</Link>
    </State>
  );
}

export function Forbidden() {
  const t = useText();
  return (
    <State title={t('shell.forbidden.title')} hint={t('shell.forbidden.hint')}>
      <Link to="/">{t('shell.back_to_start')}</Link>
    </State>
  );
}

const STATES: Record<number, [Key, Key]> = {
  0: ['shell.offline.title', 'shell.offline.hint'],
  404: ['shell.not_found.title', 'shell.not_found.hint'],
};

/** The whole page could not be had. Not visible and not existing look alike: both are 404. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useText();
  const status = error instanceof ApiError ? error.status : -1;
  if (status === 403) return <Forbidden />;
  const [title, hint] = STATES[status] ?? ['shell.failed.title', 'shell.failed.hint'];
  const detail = error instanceof ApiError ? error.problem.title || error.code : String(error);
  return (
    <State title={t(title)} hint={t(hint)}>
      {status !== 404 && status !== 0 && <p className="muted">{detail}</p>}
      <p className="row">
        {retry && <Button type="primary" onClick={retry}>{t('shell.retry')}</Button>}
        <Link to="/">{t('shell.back_to_start')}</Link>
      </p>
    </State>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} retry={() => { reset(); window.location.reload(); }} />;
}
