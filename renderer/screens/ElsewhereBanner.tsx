import { useEffect, useState } from 'react';
import { IconButton } from '../components/Button.tsx';
import { useAppStore } from '../hooks/app-context.ts';

/** Says that another computer runs this profile too. Once dismissed it is silent until that has ended and begun again. */
export function ElsewhereBanner() {
  const elsewhere = useAppStore('profile', ({ profile }) => profile?.state === 'open' && profile.openElsewhere);
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => {
    if (!elsewhere) setDismissed(false);
  }, [elsewhere]);
  return (
    // There before its words are, so that screen readers speak them.
    <div role="status">
      {elsewhere && !dismissed && (
        <div className="banner" data-testid="elsewhere">
          <span>
            This profile seems to be open on another computer too. Each of the two gets a part of your messages: close
            Parley on one of them.
          </span>
          <IconButton icon="close" label="Dismiss" size={16} onClick={() => setDismissed(true)} />
        </div>
      )}
    </div>
  );
}
