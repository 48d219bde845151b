{{ block_keys(ref("int_identity__second_profiles")) }}
