/** Ant Design's tokens bent to an office screen: ink blue, 15 px, contrast of at least 4.5:1 everywhere, no motion. */
import type { ThemeConfig } from 'antd';

export const theme: ThemeConfig = {
  token: {
    colorPrimary: '#1d4f91',
    colorLink: '#1d4f91',
    colorInfo: '#1d4f91',
    colorSuccess: '#1b6b43',
    colorWarning: '#8a5300',
    colorError: '#b3261e',
    // The pale grounds of the badges; derived from the dark ink above they would be grey.
    colorInfoBg: '#eef3fa', colorInfoBorder: '#b9cbe4',
    colorSuccessBg: '#edf7f1', colorSuccessBorder: '#9ccbb2',
    colorWarningBg: '#fdf6e6', colorWarningBorder: '#dfc083',
    colorErrorBg: '#fdf0ef', colorErrorBorder: '#e3a9a5',
    colorText: '#1f2733',
    colorTextSecondary: '#4d5868',
    colorTextTertiary: '#596475',
    colorTextQuaternary: '#596475',
    colorTextDescription: '#4d5868',
    colorTextPlaceholder: '#667080',
    colorTextDisabled: '#667080',
    colorBgLayout: '#f3f5f8',
    colorBorder: '#b9c3d0',
    colorBorderSecondary: '#dde3ea',
    borderRadius: 4,
    fontSize: 15,
    controlHeight: 36,
    motion: false,
    fontFamily: '-apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif',
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    Form: { itemMarginBottom: 16, labelColor: '#4d5868', labelHeight: 24, verticalLabelPadding: '0 0 4px' },
    Modal: { titleFontSize: 17 },
  },
};
