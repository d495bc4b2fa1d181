/** The accounts elsewhere with which a person may sign in, too: connected and disconnected on `/app/account`. */
import { and, eq, ne } from "drizzle-orm";
import { identities } from "../../../../schema/index.ts";
import { Fault } from "../../../core/fault.ts";
import { passCookies } from "../../auth/cookies.ts";
import { providersOf, type Provider } from "../../auth/providers.ts";
import { removeIdentity } from "../../auth/users.ts";
import { textOf } from "../../form.ts";
import type { Page } from "../../page.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { ACCOUNT } from "../../text/account-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { askAgain } from "../guest/sign-in.tsx";

const PATH = "/app/account";

/** Nothing where no provider is set up. */
export async function Elsewhere({ visit }: { visit: OwnVisit }) {
  const { services, person, say } = visit;
  const providers = providersOf(services.settings);
  if (providers.length === 0) return null;
  const rows = await services.db
    .select({ provider: identities.providerId })
    .from(identities)
    .where(and(eq(identities.userId, person.id), ne(identities.providerId, "credential")));
  const isConnected = ({ id }: Provider) => rows.some(({ provider }) => provider === id);
  return (
    <section>
      <h2>{say(ACCOUNT.elsewhere)}</h2>
      <Table
        visit={visit}
        caption={ACCOUNT.elsewhere}
        rows={providers}
        empty={ACCOUNT.none}
        columns={[
          { title: ACCOUNT.provider, isHead: true, cell: ({ name }) => name },
          {
            title: ACCOUNT.connect,
            cell: (provider) => <Connection visit={visit} provider={provider} isOn={isConnected(provider)} />,
          },
        ]}
      />
    </section>
  );
}

function Connection({ visit: { say }, provider, isOn }: { visit: OwnVisit; provider: Provider; isOn: boolean }) {
  const { id, name } = provider;
  return (
    <ActionButton
      action={`${PATH}/${isOn ? "disconnect" : "connect"}`}
      values={{ provider: id }}
      text={say(isOn ? ACCOUNT.disconnect : ACCOUNT.connect)}
      label={say(isOn ? ACCOUNT.disconnectNamed : ACCOUNT.connectNamed, { provider: name })}
      quiet
    />
  );
}

/** @throws Fault `resource_not_found` */
function chosen({ services }: OwnVisit, data: FormData): Provider {
  const provider = providersOf(services.settings).find(({ id }) => id === textOf(data, "provider"));
  if (provider === undefined) throw new Fault("resource_not_found");
  return provider;
}

async function connect(visit: OwnVisit, data: FormData): Promise<Response> {
  const again = askAgain(visit, PATH);
  if (again !== undefined) return again;
  const { auth, context } = visit;
  const answer = await auth.api.linkSocialAccount({
    body: { provider: chosen(visit, data).id, callbackURL: PATH, errorCallbackURL: PATH },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  const { url }: { url?: string } = await answer.json();
  if (!answer.ok || url === undefined) throw new Fault("upstream_error", { detail: ACCOUNT.providerAway });
  passCookies(visit, answer);
  return redirectTo(visit, url);
}

/** The last way to sign in stays. */
async function disconnect(visit: OwnVisit, data: FormData): Promise<Response> {
  const again = askAgain(visit, PATH);
  if (again !== undefined) return again;
  const isGone = await removeIdentity(visit.services, visit.person.id, chosen(visit, data).id);
  return redirectTo(visit, PATH, isGone ? "saved" : "lastWayIn");
}

export const ELSEWHERE_PAGES: readonly Page[] = [
  { path: `${PATH}/connect`, access: "proven", post: connect },
  { path: `${PATH}/disconnect`, access: "people", post: disconnect },
];
