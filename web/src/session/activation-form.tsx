/** 启用账号: both halves of the code and a password of one's own; then one is signed in with it. */
import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { post } from '../api/client';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';

interface Values { account: string; first: string; second: string; password: string; again: string }

export function ActivationForm({ onDone, onBack }: { onDone: (account: string, password: string) => void; onBack: () => void }) {
  const t = useText();
  const activate = useMutation({
    mutationFn: ({ account, first, second, password }: Values) => post('/session/activation', { account: account.trim(), codes: [first, second], password }),
    onSuccess: (_, { account, password }) => onDone(account.trim(), password),
  });
  const required = [{ required: true, message: t('form.required') }];
  const same = ({ getFieldValue }: { getFieldValue: (name: string) => unknown }) => ({
    validator: (_: unknown, value: unknown) =>
      value === getFieldValue('password') ? Promise.resolve() : Promise.reject(new Error(t('session.password.differs'))),
  });
  return (
    <>
      <Refusal error={activate.error} />
      <p className="muted">{t('session.activation.hint')}</p>
      <Form<Values> layout="vertical" requiredMark={false} onFinish={(values) => activate.mutate(values)} size="large">
        <Form.Item name="account" label={t('session.account')} rules={required}><Input autoComplete="username" autoCapitalize="none" autoFocus /></Form.Item>
        <Form.Item name="first" label={t('session.activation.first')} rules={required}><Input autoComplete="off" autoCapitalize="characters" placeholder="XXXX-XXXX-XXXX" /></Form.Item>
        <Form.Item name="second" label={t('session.activation.second')} rules={required}><Input autoComplete="off" autoCapitalize="characters" placeholder="XXXX-XXXX-XXXX" /></Form.Item>
        <Form.Item name="password" label={t('session.activation.password')} rules={required}><Input.Password autoComplete="new-password" /></Form.Item>
        <Form.Item name="again" label={t('session.activation.again')} dependencies={['password']} rules={[...required, same]}><Input.Password autoComplete="new-password" /></Form.Item>
        <Button type="primary" htmlType="submit" block loading={activate.isPending}>{t('session.activation.submit')}</Button>
      </Form>
      <Button type="link" block onClick={onBack}>{t('session.activation.back')}</Button>
    </>
  );
}
