// A round through IAM and STS with the AWS SDK for JavaScript v3. Endpoint, region and keys come from the environment
// alone. What was seen is printed as JSON; the test that runs this compares it.
const iamSdk = require("@aws-sdk/client-iam");
const stsSdk = require("@aws-sdk/client-sts");

const trust = (principal) => JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
});

async function failure(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.name, status: error.$metadata?.httpStatusCode, message: error.message };
  }
}

async function main() {
  const iam = new iamSdk.IAMClient({ maxAttempts: 1 });
  const sts = new stsSdk.STSClient({ maxAttempts: 1 });
  const seen = {};

  const caller = await sts.send(new stsSdk.GetCallerIdentityCommand({}));
  seen.account = caller.Account;

  const made = await iam.send(new iamSdk.CreateRoleCommand({
    RoleName: "js-app", AssumeRolePolicyDocument: trust({ AWS: caller.Arn }), Description: "a\tb & <ü>",
    Tags: [{ Key: "stage", Value: "prod: a=b@c" }],
  }));
  seen.requestId = typeof made.$metadata.requestId;
  await iamSdk.waitUntilRoleExists({ client: iam, maxWaitTime: 10 }, { RoleName: "js-app" });
  const { Role: role } = await iam.send(new iamSdk.GetRoleCommand({ RoleName: "js-app" }));
  seen.description = role.Description;
  seen.tags = role.Tags;
  seen.dateIsWholeSeconds = role.CreateDate instanceof Date && role.CreateDate.getTime() % 1000 === 0;
  seen.trustSurvives = decodeURIComponent(role.AssumeRolePolicyDocument) === trust({ AWS: caller.Arn });

  for (const name of ["js-b", "js-c"]) {
    await iam.send(new iamSdk.CreateRoleCommand({
      RoleName: name, AssumeRolePolicyDocument: trust({ Service: "ec2.amazonaws.com" }),
    }));
  }
  seen.pages = [];
  for await (const page of iamSdk.paginateListRoles({ client: iam, pageSize: 2 }, { PathPrefix: "/" })) {
    seen.pages.push(page.Roles.map((each) => each.RoleName));
  }

  seen.again = await failure(iam.send(new iamSdk.CreateRoleCommand({
    RoleName: "js-app", AssumeRolePolicyDocument: trust({ Service: "ec2.amazonaws.com" }),
  })));
  const missing = iam.send(new iamSdk.GetRoleCommand({ RoleName: "nobody" }));
  seen.missing = await failure(missing);
  seen.missingIsTyped = await missing.catch((error) => error instanceof iamSdk.NoSuchEntityException);
  seen.malformed = (await failure(iam.send(new iamSdk.CreateRoleCommand({
    RoleName: "js-d", AssumeRolePolicyDocument: "some policy",
  })))).name;

  await iam.send(new iamSdk.PutRolePolicyCommand({
    RoleName: "js-app", PolicyName: "read",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "iam:GetRole", Resource: role.Arn }],
    }),
  }));
  const simulated = await iam.send(new iamSdk.SimulatePrincipalPolicyCommand({
    PolicySourceArn: role.Arn, ActionNames: ["iam:GetRole", "iam:DeleteRole"], ResourceArns: [role.Arn],
  }));
  seen.simulated = simulated.EvaluationResults.map((each) => [each.EvalActionName, each.EvalDecision]);

  const { Credentials: session } = await sts.send(new stsSdk.AssumeRoleCommand({
    RoleArn: role.Arn, RoleSessionName: "js",
  }));
  const asRole = new iamSdk.IAMClient({
    maxAttempts: 1,
    credentials: {
      accessKeyId: session.AccessKeyId, secretAccessKey: session.SecretAccessKey, sessionToken: session.SessionToken,
    },
  });
  seen.allowed = (await asRole.send(new iamSdk.GetRoleCommand({ RoleName: "js-app" }))).Role.RoleName;
  seen.denied = await failure(asRole.send(new iamSdk.DeleteRoleCommand({ RoleName: "js-app" })));

  await iam.send(new iamSdk.DeleteRolePolicyCommand({ RoleName: "js-app", PolicyName: "read" }));
  for (const name of ["js-app", "js-b", "js-c"]) {
    await iam.send(new iamSdk.DeleteRoleCommand({ RoleName: name }));
  }
  seen.gone = (await failure(iam.send(new iamSdk.GetRoleCommand({ RoleName: "js-app" })))).name;
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
