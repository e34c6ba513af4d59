// The JavaScript SDK (v3) against the account that the environment names: what it sends, reads and raises.
'use strict';

const assert = require('node:assert');
const IAM = require('@aws-sdk/client-iam');
const STS = require('@aws-sdk/client-sts');

const iam = new IAM.IAMClient({});
const sts = new STS.STSClient({});
const ALLOW = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } });
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }],
});

function call(client, service, operation, parameters = {}) {
  return client.send(new service[`${operation}Command`](parameters));
}

async function refused(promise, name, message, status) {
  const error = await promise.then(() => assert.fail('the call was not refused'), (reason) => reason);
  assert.equal(error.name, name);
  assert.match(error.message, message);
  assert.equal(error.$metadata.httpStatusCode, status);
  return error;
}

async function users() {
  for (const name of ['a', 'b', 'c']) {
    await call(iam, IAM, 'CreateUser', { UserName: name, Tags: [{ Key: 'k', Value: 'v = @x' }] });
  }
  const names = [];
  for await (const page of IAM.paginateListUsers({ client: iam, pageSize: 1 }, {})) {
    names.push(...page.Users.map((user) => user.UserName));
  }
  assert.deepEqual(names, ['a', 'b', 'c', 'passrole-admin']);
  await IAM.waitUntilUserExists({ client: iam, maxWaitTime: 5 }, { UserName: 'a' });
}

async function errors() {
  const text = /^The role with name none cannot be found\.$/;
  await refused(call(iam, IAM, 'GetRole', { RoleName: 'none' }), 'NoSuchEntityException', text, 404);
  const weak = call(iam, IAM, 'CreateLoginProfile', { UserName: 'a', Password: 'x' });
  await refused(weak, 'PasswordPolicyViolationException', /minimum length of 8/, 400);
  await refused(call(iam, IAM, 'ListSAMLProviders'), 'NotImplemented', /does not implement iam:ListSAMLProviders/, 501);
}

async function sessions() {
  const role = (await call(iam, IAM, 'CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })).Role;
  assert.equal(decodeURIComponent(role.AssumeRolePolicyDocument), TRUST);
  assert.ok(role.CreateDate instanceof Date);
  const made = (await call(sts, STS, 'AssumeRole', { RoleArn: role.Arn, RoleSessionName: 's1' })).Credentials;
  const session = new IAM.IAMClient({
    credentials: {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.SessionToken,
    },
  });
  const text = /assumed-role\/r\/s1 is not authorized to perform: iam:GetAccountSummary on resource: \*/;
  const denial = await refused(call(session, IAM, 'GetAccountSummary'), 'AccessDenied', text, 403);
  const asked = { EncodedMessage: denial.EncodedAuthorizationMessage };
  const decoded = JSON.parse((await call(sts, STS, 'DecodeAuthorizationMessage', asked)).DecodedMessage);
  assert.equal(decoded.context.action, 'iam:GetAccountSummary');
  const federated = (await call(sts, STS, 'GetFederationToken', { Name: 'Bob' })).FederatedUser;
  assert.equal(federated.FederatedUserId, '111122223333:Bob');
}

async function blobsAndMaps() {
  const device = (await call(iam, IAM, 'CreateVirtualMFADevice', { VirtualMFADeviceName: 'm' })).VirtualMFADevice;
  assert.equal(new TextDecoder().decode(device.Base32StringSeed).length, 64);
  assert.equal(new TextDecoder().decode(device.QRCodePNG.slice(1, 4)), 'PNG');
  const simulated = await call(iam, IAM, 'SimulateCustomPolicy', {
    PolicyInputList: [ALLOW],
    ActionNames: ['s3:GetObject'],
    ResourceArns: ['arn:aws:s3:::b/k'],
  });
  const [result] = simulated.EvaluationResults;
  assert.equal(result.EvalDecision, 'allowed');
  assert.equal(result.ResourceSpecificResults[0].EvalResourceDecision, 'allowed');
  assert.deepEqual(result.EvalDecisionDetails, {});
  await call(iam, IAM, 'GenerateCredentialReport');
  const report = await call(iam, IAM, 'GetCredentialReport');
  assert.match(new TextDecoder().decode(report.Content), /^user,arn,/);
  assert.equal((await call(iam, IAM, 'GetAccountSummary')).SummaryMap.Users, 4);
}

async function main() {
  const caller = await call(sts, STS, 'GetCallerIdentity');
  assert.equal(caller.Arn, 'arn:aws:iam::111122223333:user/passrole-admin');
  await users();
  await errors();
  await sessions();
  await blobsAndMaps();
  console.log('ok');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
