/** Small pieces of every page. */
import type { ReactNode } from 'react';

export function PageHead({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return <div className="page-head"><h1>{title}</h1>{children && <div className="actions">{children}</div>}</div>;
}

export function Panel({ title, aside, id, children }: { title: string; aside?: ReactNode; id?: string; children: ReactNode }) {
  return (
    <section className="panel" id={id} aria-label={title}>
      <div className="panel-head"><h2>{title}</h2>{aside}</div>
      {children}
    </section>
  );
}

/** 空状态: says what to do next. */
export function Empty({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  return <div className="empty"><b>{title}</b><p>{hint}</p>{children}</div>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';
/** Status in words with an icon; colour only repeats it. */
export function Badge({ tone = 'plain', icon, children, title }: { tone?: Tone; icon?: ReactNode; children: ReactNode; title?: string }) {
  return <span className={`badge badge-${tone}`} title={title}>{icon}{children}</span>;
}
