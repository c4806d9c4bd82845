import { useEffect } from 'react';
import type { Settings } from '../../core/api/views.ts';

/** Puts the chosen theme on the document; `system` leaves it to the media query of the styles. */
export function useTheme(theme: Settings['theme']): void {
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}
