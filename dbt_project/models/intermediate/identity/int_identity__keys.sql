{{- block_keys(ref("int_identity__profiles")) }}
