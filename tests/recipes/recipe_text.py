"""A small recipe to spoil: valid as it stands, with one of everything that the loader checks."""

SMALL = """\
format = "passrole-recipe-1"
name = "acme"
title = "Acme backup"
service = "acme"
summary = "A role for a backup service."

[sources.guide]
title = "Acme guide"
url = "https://acme.example/guide"

[parameters.bucket]
type = "s3-bucket"
required = true
description = "The bucket."

[parameters.role_name]
type = "iam-name"
default = "acme"
description = "The role."

[parameters.mode]
type = "choice"
choices = ["read", "write"]
default = "read"
description = "What the service may do."

[parameters.keys]
type = "kms-key-arn"
list = true
description = "Keys."

[demo]
bucket = "acme-demo"

[[policies]]
id = "trust"
type = "trust"
title = "Trust policy"

[[policies.statements]]
id = "acme"
principal = { Service = "acme.amazonaws.com" }
action = "sts:AssumeRole"
reason = "Acme acts with the role."
source = "guide"

[[policies]]
id = "access"
type = "identity"
title = "Access"

[[policies.statements]]
id = "objects"
action = ["s3:GetObject", { value = "s3:PutObject", when = { mode = "write" } }]
resource = "arn:{{partition}}:s3:::{{bucket}}/*"
reason = "Reads the files."
source = "guide#files"
keep_actions = { "s3:GetObject" = "Only now and then." }
repairs = ["R1"]

[[policies.statements]]
id = "keys"
action = "kms:Decrypt"
resource = "{{keys}}"
reason = "Opens encrypted files."
source = "guide"
when = { keys = true }

[[roles]]
name = "{{role_name}}"
trust = "trust"
inline = [{ name = "access", policy = "access" }]
reason = "Acme works with it."

[[notes]]
id = "R1"
kind = "repair"
about = "statement:access/objects"
text = "The guide forgets the slash."
source = "guide"

[actors.service]
service = "acme.amazonaws.com"

[actors.role]
role = "{{role_name}}"

[[fragments]]
id = "assume"

[[fragments.steps]]
kind = "assume"
actor = "service"
role = "{{role_name}}"

[[workflows]]
id = "backup"
title = "A backup"

[[workflows.steps]]
include = "assume"

[[workflows.steps]]
actor = "role"
action = "s3:GetObject"
resource = "arn:{{partition}}:s3:::{{bucket}}/file"
"""
