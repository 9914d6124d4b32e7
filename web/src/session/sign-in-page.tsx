/** 登录. In a demo the accounts stand beside the form, by agency; one click signs in. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { post } from '../api/client';
import type { About, Me } from '../api/types';
import { Refusal } from '../shared/refusal';
import { switchLanguage, useText } from '../shared/text';
import { ActivationForm } from './activation-form';
import { aboutQuery, byAgency, safeNext, sessionQuery } from './session';
import './session.css';

interface Credentials { account: string; password: string }

export function SignInPage() {
  const t = useText();
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: about } = useQuery(aboutQuery);
  const [activating, setActivating] = useState(false);
  const signIn = useMutation({
    mutationFn: (credentials: Credentials) => post<Me>('/session', credentials),
    onSuccess: (me) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, me);
      void navigate({ href: safeNext(next), replace: true });
    },
  });
  return (
    <div className="sign-in">
      <header className="sign-in-head">
        <img src="/icon.svg" alt="" width="56" height="56" />
        <div><h1>{t('shell.product')}</h1><p>{t('shell.subtitle')}</p></div>
        <Button type="link" lang={t.language === 'zh-CN' ? 'en' : 'zh-CN'} onClick={() => void switchLanguage(t.language === 'zh-CN' ? 'en' : 'zh-CN')}>{t('shell.other_language')}</Button>
      </header>
      <main className="sign-in-body">
        <section className="panel" aria-labelledby="sign-in-title">
          <h2 id="sign-in-title">{t(activating ? 'session.activation.title' : 'session.sign_in')}</h2>
          <Refusal error={signIn.error} />
          {activating
            ? <ActivationForm onDone={(account, password) => signIn.mutate({ account, password })} onBack={() => setActivating(false)} />
            : <>
              <SignInForm busy={signIn.isPending} onSubmit={(credentials) => signIn.mutate(credentials)} />
              <Button type="link" block onClick={() => setActivating(true)}>{t('session.activation.link')}</Button>
            </>}
        </section>
        {about?.demo && <DemoAccounts demo={about.demo} busy={signIn.isPending} onChoose={(account) => signIn.mutate({ account, password: about.demo!.password })} />}
      </main>
      <footer className="sign-in-foot">{t('session.promise')}{about && <span> · {about.version}</span>}</footer>
    </div>
  );
}

function SignInForm({ busy, onSubmit }: { busy: boolean; onSubmit: (credentials: Credentials) => void }) {
  const t = useText();
  const required = [{ required: true, message: t('form.required') }];
  return (
    <Form<Credentials> layout="vertical" requiredMark={false} onFinish={onSubmit} size="large">
      <Form.Item name="account" label={t('session.account')} rules={required}><Input autoComplete="username" autoCapitalize="none" autoFocus /></Form.Item>
      <Form.Item name="password" label={t('session.password')} rules={required}><Input.Password autoComplete="current-password" /></Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>{t('session.sign_in')}</Button>
    </Form>
  );
}

function DemoAccounts({ demo, busy, onChoose }: { demo: NonNullable<About['demo']>; busy: boolean; onChoose: (account: string) => void }) {
  const t = useText();
  return (
    <section className="panel demo" aria-labelledby="demo-title">
      <h2 id="demo-title">{t('session.demo.title')}</h2>
      <p className="muted">{t('session.demo.hint', { password: demo.password })}</p>
      {byAgency(demo.accounts).map((group) => (
        <div className="demo-group" key={group.agency ?? ''}>
          <h3>{group.agency ?? t('session.demo.no_agency')}</h3>
          <ul>
            {group.accounts.map(({ account, name, role }) => (
              <li key={account}>
                <button type="button" disabled={busy} onClick={() => onChoose(account)}>
                  <b>{name}</b><span>{t.code('people.role', role)}</span><code>{account}</code>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
