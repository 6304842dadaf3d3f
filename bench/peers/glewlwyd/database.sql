-- glewlwyd's own tables with one client and the OpenID Connect plugin, which signs client credentials by RS256. Read by sqlite3 in the
-- folder of key.pem and public.pem, after the schema of the package.

-- The fastest of SQLite's journals; the setting stays with the file.
PRAGMA journal_mode = WAL;

INSERT INTO g_plugin_module_instance (gpmi_module, gpmi_name, gpmi_parameters) VALUES ('oidc', 'oidc', json_object(
  'iss', 'http://127.0.0.1',
  'subject-type', 'public',
  'jwt-type', 'rsa',
  'jwt-key-size', '256',
  'key', CAST(readfile('key.pem') AS TEXT),
  'cert', CAST(readfile('public.pem') AS TEXT),
  'access-token-duration', 3600,
  'refresh-token-duration', 3600,
  'code-duration', 600,
  'refresh-token-rolling', json('false'),
  'allow-non-oidc', json('true'),
  'auth-type-client-enabled', json('true'),
  'auth-type-code-enabled', json('false'),
  'auth-type-token-enabled', json('false'),
  'auth-type-implicit-enabled', json('false'),
  'auth-type-password-enabled', json('false'),
  'auth-type-refresh-enabled', json('false')
));

-- A client secret is compared as it is; a password would be hashed 100,000 times and more for each token (CLIENT_DATABASE.md, OAUTH2.md).
INSERT INTO g_scope (gs_name, gs_password_required) VALUES ('chat', 0);
INSERT INTO g_client (gc_id, gc_client_id, gc_confidential) VALUES (1, 'bench', 1);
INSERT INTO g_client_scope (gcs_id, gcs_name) VALUES (1, 'chat');
INSERT INTO g_client_scope_client (gc_id, gcs_id) VALUES (1, 1);
INSERT INTO g_client_property (gc_id, gcp_name, gcp_value) VALUES
  (1, 'client_secret', 'secret'),
  (1, 'authorization_type', 'client_credentials'),
  (1, 'token_endpoint_auth_method', 'client_secret_post');
