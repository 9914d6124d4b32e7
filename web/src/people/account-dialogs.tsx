import { Alert, Checkbox, Form, Input, Modal, Select, Typography } from 'antd';
import type { Account } from '../api/types';
import { CreateDialog } from '../shared/create-dialog';
import { useText } from '../shared/text';
import { goesWith, ROLES } from './grant';

/** Half of a code, shown once to whoever made it. */
export function CodeDialog({ account, code, half, onClose }: { account: string; code: string; half: 'asker' | 'confirmer'; onClose: () => void }) {
  const t = useText();
  return (
    <Modal open title={t(`accounts.code.${half}`)} onOk={onClose} onCancel={onClose} maskClosable={false} okText={t('accounts.code.noted')} cancelButtonProps={{ style: { display: 'none' } }}>
      <p>{t('accounts.code.for', { account })}</p>
      <Typography.Paragraph copyable className="activation-code"><code>{code}</code></Typography.Paragraph>
      <Alert type="warning" showIcon title={t(`accounts.code.hint_${half}`)} />
    </Modal>
  );
}

interface Asked { grant: string | null; code: string | null }
interface Wanted { roles: string[]; renew: boolean }

export function RolesDialog({ account, onClose, onCode }: { account: Account; onClose: () => void; onCode: (code: string) => void }) {
  const t = useText();
  return (
    <CreateDialog<Wanted, Asked>
      title={t('accounts.change_roles_of', { name: account.name })} path={`/accounts/${encodeURIComponent(account.account)}/grants`} reread={['/accounts', '/grants']}
      body={(values) => values} initial={{ roles: account.roles, renew: false }} onClose={onClose} onMade={(made) => made.code && onCode(made.code)}
    >
      <Form.Item name="roles" label={t('people.roles')} extra={t('accounts.roles_hint')}><RolePicker /></Form.Item>
      <Form.Item name="renew" valuePropName="checked" extra={t('accounts.renew_hint')}><Checkbox>{t('accounts.renew')}</Checkbox></Form.Item>
    </CreateDialog>
  );
}

/** 到期提醒: where an account's mail goes, and in which language it is. */
export function ContactDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const t = useText();
  return (
    <CreateDialog<{ email: string; language: string }>
      change title={t('accounts.contact_of', { name: account.name })} path={`/accounts/${encodeURIComponent(account.account)}`} reread={['/accounts']}
      body={({ email, language }) => ({ email: email.trim(), language })} initial={{ email: account.email ?? '', language: account.language ?? 'zh-CN' }} onClose={onClose}
    >
      <Form.Item name="email" label={t('accounts.email')} extra={t('accounts.email_hint')}><Input type="email" autoComplete="off" maxLength={254} /></Form.Item>
      <Form.Item name="language" label={t('accounts.language')}><Select options={['zh-CN', 'en'].map((value) => ({ value, label: t.code('accounts.language', value) }))} /></Form.Item>
    </CreateDialog>
  );
}

/** What does not go with the roles chosen cannot be chosen. */
export function RolePicker({ value = [], onChange }: { value?: string[]; onChange?: (roles: string[]) => void }) {
  const t = useText();
  const options = ROLES.map((role) => ({ value: role, label: t.code('people.role', role), disabled: !goesWith(value, role) }));
  return <Select mode="multiple" value={value} onChange={onChange} options={options} />;
}
